using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>Ours in this process, one host a variant, with the handlers that <c>differential.mjs</c> gives the original.</summary>
internal sealed class OurServer : IServerUnderTest, IAsyncDisposable
{
    private readonly Dictionary<Variant, WebApplication> _hosts = [];
    private readonly ConcurrentDictionary<Variant, ConcurrentQueue<string>> _logs = [];
    private readonly ErrorLog _errors = new();

    /// <summary>What was logged as an error; nothing a client does may cause one.</summary>
    public IReadOnlyCollection<string> Errors => _errors.Lines;

    public static async Task<OurServer> StartAsync()
    {
        var server = new OurServer();
        foreach (var variant in Enum.GetValues<Variant>())
            server._hosts[variant] = await server.StartAsync(variant);
        return server;
    }

    public Uri Address(Variant variant) => new(_hosts[variant].Urls.First());

    public Task<(IReadOnlyList<string> Log, int Sessions)> SeenAsync(Variant variant) =>
        Task.FromResult<(IReadOnlyList<string>, int)>(([.. _logs[variant]], _hosts[variant].Services.GetRequiredService<SocketIOServer>().Engine.SessionCount));

    public Task ForgetAsync(Variant variant)
    {
        _logs[variant].Clear();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values)
            await host.DisposeAsync();
        _errors.Dispose();
    }

    private async Task<WebApplication> StartAsync(Variant variant)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_errors);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Services.AddSocketIO(options =>
        {
            options.PerMessageDeflate = variant == Variant.Deflate;
            options.Parser = variant == Variant.Msgpack ? new MessagePackPacketParser() : null;
        });
        if (variant == Variant.Recovery)
            server.AddConnectionStateRecovery();
        var app = builder.Build();
        var log = _logs.GetOrAdd(variant, _ => new());
        app.MapSocketIO(io => SetUp(io, log));
        await app.StartAsync();
        return app;
    }

    private static void SetUp(SocketIOServer io, ConcurrentQueue<string> log)
    {
        io.Of("/admin").Use((_, _) => throw new ConnectErrorException("denied", new { code = 7 }));
        io.Of("/slow").Use(async (_, next) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            await next();
        });
        foreach (var name in (string[])["/", "/chat", "/slow"])
            io.Of(name).OnConnection(socket => Handle(socket, log));
        io.Of(new Regex(@"^/dyn-\d+$")).OnConnection(socket => Handle(socket, log));
    }

    private static void Handle(Socket socket, ConcurrentQueue<string> log)
    {
        var who = $"{socket.Handshake.Query.GetValueOrDefault("c", "undefined")} {socket.Namespace.Name}";
        log.Enqueue($"{who} connection");
        socket.OnDisconnecting(_ => log.Enqueue($"{who} rooms {Rooms(socket)}"));
        socket.OnDisconnect(reason => log.Enqueue($"{who} {reason.ToText()}"));
        socket.OnAny(e => AnswerAsync(socket, e));
    }

    private static string Rooms(Socket socket) => string.Join(',', socket.Rooms.Where(room => room != socket.Id).Order(StringComparer.Ordinal));

    private static async ValueTask AnswerAsync(Socket socket, EventContext e)
    {
        var room = e.Count > 0 && e.Get<JsonElement>(0) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        switch (e.Name)
        {
            case "echo":
                await socket.EmitArgsAsync("echo", e.Args);
                await e.AckAsync(e.Args);
                break;
            case "ack":
                await e.AckAsync(e.Args);
                break;
            case "twice":
                await e.AckAsync(1);
                await e.AckAsync(2);
                break;
            case "join" or "leave":
                if (room is not null)
                    await (e.Name == "join" ? socket.JoinAsync(room) : socket.LeaveAsync(room));
                await e.AckAsync("ok");
                break;
            case "rooms":
                await e.AckAsync(Rooms(socket));
                break;
            case "cookie":
                await e.AckAsync(socket.Handshake.Headers.GetValueOrDefault("cookie"));
                break;
            default:
                await EmitAsync(socket, e, room);
                break;
        }
    }

    private static async ValueTask EmitAsync(Socket socket, EventContext e, string? room)
    {
        switch (e.Name)
        {
            case "room" when room is not null:
                await socket.Namespace.To(room).EmitArgsAsync("room", [.. e.Args.Skip(1)]);
                break;
            case "toroom" when room is not null:
                await socket.To(room).EmitArgsAsync("toroom", [.. e.Args.Skip(1)]);
                break;
            case "others":
                await socket.Broadcast.EmitArgsAsync("others", e.Args);
                break;
            case "all":
                await socket.Namespace.EmitArgsAsync("all", e.Args);
                break;
            case "ask":
                _ = AskAsync(socket, e.Args);
                break;
            case "placeholder":
                await socket.EmitAsync("placeholder", new Dictionary<string, object> { ["_placeholder"] = true, ["num"] = 0 }, new byte[] { 1, 2 });
                break;
            case "large":
                await socket.EmitAsync("large", new string('x', 50_000));
                break;
            case "bye" or "byeall":
                await socket.DisconnectAsync(e.Name == "byeall");
                break;
        }
    }

    /// <summary>The client's packets are read in order: who waits for an answer in a handler would wait for ever.</summary>
    private static async Task AskAsync(Socket socket, IReadOnlyList<object?> args)
    {
        try
        {
            var answer = await socket.EmitWithAckAsync<JsonElement?>("question", args);
            await socket.EmitAsync("answered", answer);
        }
        catch (Exception e) when (e is OperationCanceledException or AckTimeoutException or InvalidOperationException)
        {
            // The client went.
        }
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = [];

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                _lines.Enqueue($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}
