using System.Net;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>A Socket.IO server in this process, on a free port of its own.</summary>
internal sealed class SocketIOTestHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SocketIOTestHost(WebApplication app, LogRecorder logs)
    {
        _app = app;
        Logs = logs;
        Server = app.Services.GetRequiredService<SocketIOServer>();
        Uri = new Uri(app.Urls.First());
        SecondUri = new Uri(app.Urls.Last());
    }

    public SocketIOServer Server { get; }

    public Uri Uri { get; }

    /// <summary>Where the caller's own listener is, when there is one.</summary>
    public Uri SecondUri { get; }

    public LogRecorder Logs { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<SocketIOTestHost> StartAsync(
        Action<SocketIOServer> configure,
        Action<SocketIOOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? use = null,
        Action<ListenOptions>? listen = null,
        Action<IEndpointConventionBuilder>? map = null)
    {
        var logs = new LogRecorder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            if (listen is not null)
                kestrel.Listen(IPAddress.Loopback, 0, listen);
        });
        builder.Services.AddSocketIO(options);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        use?.Invoke(app);
        var endpoint = app.MapSocketIO(configure);
        map?.Invoke(endpoint);
        await app.StartAsync();
        return new SocketIOTestHost(app, logs);
    }

    /// <summary>A client whose Engine.IO session is open and nothing more.</summary>
    public Task<WireClient> OpenAsync() => WireClient.OpenAsync(Uri);

    /// <summary>A client that has joined a namespace.</summary>
    public async Task<WireClient> ConnectAsync(string ns = "/")
    {
        var client = await OpenAsync();
        await client.ConnectAsync(ns);
        return client;
    }

    /// <summary>Stops the application, as a signal would.</summary>
    public Task StopAsync(CancellationToken ct = default) => _app.StopAsync(ct);

    public async ValueTask DisposeAsync()
    {
        var stop = _app.StopAsync();

        // Letting clients go takes a little time, which a clock of the test's own has to give.
        while (Services.GetService<TimeProvider>() is FakeTimeProvider clock && !stop.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(stop, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }

        await stop;
        await _app.DisposeAsync();
    }
}
