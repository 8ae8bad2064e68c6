using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>What an OpenTelemetry collector is to a program: it takes what is posted for each signal, and remembers the names of ours in it.</summary>
internal sealed partial class OtlpCollector : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);
    private readonly WebApplication _app;

    private OtlpCollector(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Signal and name.</summary>
    public ICollection<string> Names => _names.Keys;

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var collector = new OtlpCollector(builder.Build());
        collector._app.Run(collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var signal = context.Request.Path.Value![(context.Request.Path.Value!.LastIndexOf('/') + 1)..];
        foreach (var name in Name().Matches(Encoding.Latin1.GetString(body.ToArray())).Select(static match => match.Value))
            _names.TryAdd($"{signal} {name}", true);
        context.Response.ContentType = "application/x-protobuf";
    }

    // Names of instruments and attributes, and of whoever logs.
    [GeneratedRegex(@"socketio\.[a-z_.]+|Akka\.[A-Za-z.]+")]
    private static partial Regex Name();
}
