using System.Net;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ObservabilityExample;

/// <summary>OpenTelemetry's SDK, which the library knows nothing of: two names, and where to.</summary>
internal static class Telemetry
{
    private const string Library = "Akka.ClusterAdapter";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Collects what a process measures and records, and gives it a port of its own for Prometheus: the workers share the other one, and strangers have no
    /// business here.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder, string name, int port)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("chat", serviceInstanceId: name))
            .WithMetrics(metrics => metrics.AddMeter(Library).AddPrometheusExporter())
            .WithTracing(traces => traces.AddSource(Library).SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(0.1))));
        // Logs, metrics and traces for a collector, when there is one.
        if (Environment.GetEnvironmentVariable(Endpoint) is { Length: > 0 })
            telemetry.UseOtlpExporter();
    }

    /// <summary>Answers Prometheus, on that port only.</summary>
    public static void UseTelemetry(this WebApplication app, int port) =>
        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Request.Path == "/metrics" && context.Connection.LocalPort == port);
}
