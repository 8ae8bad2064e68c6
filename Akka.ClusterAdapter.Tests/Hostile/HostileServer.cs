using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>A server with the usual set-up, and the question every hostile case ends with: is it as if nothing had happened?</summary>
public sealed class HostileServer : IAsyncLifetime
{
    internal SocketIOTestHost Host { get; private set; } = null!;

    internal SocketIOServer Server => Host.Server;

    internal Uri Uri => Host.Uri;

    internal HttpClient Http { get; private set; } = null!;

    internal static async Task<HostileServer> StartAsync(Action<SocketIOOptions>? options = null, Action<IServiceCollection>? services = null)
    {
        UnobservedExceptions.Watch();
        var host = await SocketIOTestHost.StartAsync(SetUp, options, services);
        return new HostileServer
        {
            Host = host,
            Http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = host.Uri },
        };
    }

    public async Task InitializeAsync()
    {
        var started = await StartAsync();
        (Host, Http) = (started.Host, started.Http);
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        UnobservedExceptions.AssertNone();
    }

    /// <summary>Fresh clients are served, nothing is left of the hostile one, and nobody logged an error of ours.</summary>
    internal async Task AssertUnharmedAsync()
    {
        await Eventually.TrueAsync(() => Server.Engine.SessionCount == 0, "sessions back at none");
        await Eventually.TrueAsync(() => Server.Namespaces.All(ns => ns.Sockets.Count == 0), "sockets back at none");
        await AssertPollingServedAsync();
        await using (var client = await Host.ConnectAsync())
        {
            await client.SendAsync("42[\"echo\",1]");
            await client.ExpectAsync("42[\"echo\",1]");
            await client.CloseAsync();
        }

        await Eventually.TrueAsync(() => Server.Engine.SessionCount == 0, "the fresh clients' sessions ended");
        Assert.DoesNotContain(
            Host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
    }

    private static void SetUp(SocketIOServer io)
    {
        foreach (var ns in new[] { io.Of("/"), io.Of("/custom") })
        {
            ns.OnConnection(socket =>
            {
                socket.On("echo", (EventContext e) => socket.EmitArgsAsync("echo", e.Args));
                socket.On("message-with-ack", (EventContext e) => e.AckAsync(e.Args));
                socket.On("typed", (int number, string text) => new ValueTask<string>(number + text));
            });
        }

        io.Of("/admin").Use((_, _) => throw new ConnectErrorException("denied", new { code = 7 }));
    }

    private async Task AssertPollingServedAsync()
    {
        var client = await PollingPeer.ConnectAsync(Http);
        await client.PostAsync("42[\"echo\",1]");
        Assert.Equal("42[\"echo\",1]", await client.PollAsync());
        await client.PostAsync("1");
    }
}
