using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>A server whose events do what the scripts of real clients need.</summary>
internal sealed class ClientServer : IAsyncDisposable
{
    private readonly SocketIOTestHost _host;

    private ClientServer(SocketIOTestHost host, ConcurrentBag<string> reasons)
    {
        _host = host;
        Reasons = reasons;
    }

    public SocketIOServer Server => _host.Server;

    public Uri Uri => _host.Uri;

    /// <summary>Why sockets left, in the words of the original.</summary>
    public ConcurrentBag<string> Reasons { get; }

    public static async Task<ClientServer> StartAsync(Action<SocketIOOptions>? options = null)
    {
        ConcurrentBag<string> reasons = [];
        var host = await SocketIOTestHost.StartAsync(io => SetUp(io, reasons), options);
        return new ClientServer(host, reasons);
    }

    /// <summary>Everybody is gone, and nothing went wrong on the way.</summary>
    public async Task AssertEmptyAsync()
    {
        await Eventually.TrueAsync(() => Server.Engine.SessionCount == 0, "all sessions ended");
        Assert.DoesNotContain(_host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static void SetUp(SocketIOServer io, ConcurrentBag<string> reasons)
    {
        io.OnConnection(socket => Handle(socket, reasons));
        io.Of("/custom").OnConnection(socket => Handle(socket, reasons));
        io.Of("/admin").Use((_, _) => throw new ConnectErrorException("denied", new { code = 7, why = new[] { "a", "b" } }));
    }

    private static void Handle(Socket socket, ConcurrentBag<string> reasons)
    {
        socket.On("auth", () => new ValueTask<JsonElement>(socket.Handshake.Auth));
        socket.On("transport", () => new ValueTask<string>(socket.Connection.TransportName));
        socket.On("echo", (EventContext e) => e.AckAsync(e.Args));
        socket.On("push", (EventContext e) => socket.EmitArgsAsync("pushed", e.Args));
        socket.On("ask", (byte[] data) => AskAsync(socket, data));
        socket.On("cut", () =>
        {
            socket.Connection.Close(discard: true);
            return ValueTask.CompletedTask;
        });
        socket.On("leave", () => socket.DisconnectAsync());
        socket.On("leave-all", () => socket.DisconnectAsync(close: true));
        socket.OnDisconnect(reason =>
        {
            reasons.Add(reason.ToText());
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>Asks the client back while its own question waits: binary, deep inside, both ways.</summary>
    private static async ValueTask<byte[]> AskAsync(Socket socket, byte[] data)
    {
        var answer = await socket.EmitWithAckAsync<Dictionary<string, byte[]>>("question", [new { list = new object[] { data, 1 } }, data]);
        return [.. answer!["first"], .. answer["second"]];
    }
}
