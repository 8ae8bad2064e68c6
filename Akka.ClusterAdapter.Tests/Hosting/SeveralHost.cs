using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>An application with servers of its choice, on a free port of its own.</summary>
internal sealed class SeveralHost : IAsyncDisposable
{
    private SeveralHost(WebApplication app, LogRecorder logs)
    {
        App = app;
        Logs = logs;
    }

    public WebApplication App { get; }

    public LogRecorder Logs { get; }

    public Uri Uri => new(App.Urls.First());

    public static async Task<SeveralHost> StartAsync(
        Action<IServiceCollection> services, Action<WebApplication> map, params (string Key, string? Value)[] settings)
    {
        var (app, logs) = Build(services, settings);
        try
        {
            map(app);
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new SeveralHost(app, logs);
    }

    /// <summary>The server of a name; empty for the unnamed one.</summary>
    public SocketIOServer Server(string name = "") =>
        name.Length == 0 ? App.Services.GetRequiredService<SocketIOServer>() : App.Services.GetRequiredKeyedService<SocketIOServer>(name);

    public Task<SocketIOTestClient> ConnectAsync(
        string path = "/socket.io", string ns = "/",
        SocketIOTestTransport transport = SocketIOTestTransport.WebSocket, Action<SocketIOTestClientOptions>? configure = null) =>
        SocketIOTestClient.ConnectAsync(Uri, ns, configure: options =>
        {
            (options.Path, options.Transport) = (path, transport);
            configure?.Invoke(options);
        });

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }

    /// <summary>What the clients of scripts ask for.</summary>
    public static void Answer(SocketIOServer io, string who)
    {
        io.On("who", () => who);
        io.On("echo", (string text) => text);
        io.On("transport", (Socket socket) => socket.Connection.TransportName);
        io.On("join", (Socket socket, string room) => socket.JoinAsync(room));
    }

    private static (WebApplication App, LogRecorder Logs) Build(Action<IServiceCollection> services, (string Key, string? Value)[] settings)
    {
        var logs = new LogRecorder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        services(builder.Services);
        return (builder.Build(), logs);
    }
}
