using System.Diagnostics.Metrics;

namespace TestServer.Telemetry;

/// <summary><c>GET /metrics</c> and <c>GET /traces</c>: what the library tells of itself, with nothing but what .NET has.</summary>
internal static class TelemetryEndpoints
{
    private const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";
    private const string JsonLines = "application/x-ndjson; charset=utf-8";

    /// <summary>Listens from now on, and serves what was heard.</summary>
    public static void MapTelemetry(this WebApplication app, Settings settings)
    {
        if (settings.ShowsMetrics)
        {
            var metrics = new PrometheusMetrics(app.Services.GetRequiredService<IMeterFactory>());
            app.Lifetime.ApplicationStopped.Register(metrics.Dispose);
            app.MapGet("/metrics", () => Results.Text(metrics.ToText(), PrometheusText));
        }

        if (settings.ShowsTraces)
        {
            var traces = app.Services.GetRequiredService<FinishedSpans>();
            app.MapGet("/traces", () => Results.Text(traces.TakeLines(), JsonLines));
        }
    }
}
