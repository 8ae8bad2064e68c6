using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Whoever asks why something does not come in finds a line at Debug.</summary>
public sealed class DebugLogTests : IDisposable
{
    private readonly LogRecorder _log = new(LogLevel.Debug);

    [Fact]
    public async Task A_connect_and_a_disconnect_are_a_line_each()
    {
        await using var host = await StartAsync(_ => { });
        await using var client = await host.ConnectAsync();

        await SaysAsync($"Debug: Socket {client.SocketId} of / connected from 127.0.0.1 (recovered: False).");
        await client.SendAsync("41");
        await SaysAsync($"Debug: Socket {client.SocketId} of / disconnected: client namespace disconnect.");
    }

    [Fact]
    public async Task An_event_whose_arguments_do_not_fit_is_a_line()
    {
        await using var host = await StartAsync(io => io.On("add", (int a, int b) => a + b));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"add\",1,\"two\"]");

        await SaysAsync("Debug: Event \"add\" in / was dropped: its arguments do not fit the handler. Argument 2 (b) does not fit.");
    }

    [Fact]
    public async Task What_another_worker_sends_that_does_not_fit_is_a_warning()
    {
        await using var host = await StartAsync(io => io.OnServerSide("add", (int a, int b) => a + b));
        var main = host.Server.Of("/");

        new NamespaceHost(main).RaiseServerSide(EventBody.Create(main.ServerSideFormat, "add", [1, "two"]), null);

        await SaysAsync("Warning: Server-side event \"add\" in / was dropped: its arguments do not fit this worker's handler. Argument 2 (b) does not fit.");
    }

    [Fact]
    public async Task An_event_that_nobody_handles_is_a_line()
    {
        await using var host = await StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("known", () => default(ValueTask));
            if (socket.Handshake.Auth.TryGetProperty("any", out _))
                socket.OnAny(_ => default);
        }));
        await using var client = await host.ConnectAsync();
        await using var catching = await host.OpenAsync();
        await catching.ConnectAsync(auth: "{\"any\":true}");

        await catching.SendAsync("42[\"caught\",1]");
        await client.SendAsync("42[\"known\",1]");
        await client.SendAsync("42[\"un\\u001bknown\",1]");

        await SaysAsync($"Debug: Event \"un\\u001Bknown\" of socket {client.SocketId} in / is handled by nobody.");
        Assert.DoesNotContain(
            _log.Lines, line => line.Contains("\"known\" of socket", StringComparison.Ordinal) || line.Contains("caught", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_names_the_middleware_and_what_it_said()
    {
        await using var host = await StartAsync(io =>
        {
            io.Use((_, next) => next());
            io.Use(Doorman);
            io.Of("/mute").Use((_, _) => default);
        });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40");
        await client.SendAsync("40/mute,");
        await client.SendAsync("40/nope,");

        await SaysAsync("Debug: A client at 127.0.0.1 was refused in /: members only (middleware 2, DebugLogTests.Doorman).");
        await SaysAsync("Debug: A client at 127.0.0.1 was refused in /mute: Connection refused (middleware 1, ", "did not call next");
        await SaysAsync("Debug: A client at 127.0.0.1 was refused in /nope: Invalid namespace (invalid-namespace).");
    }

    [Theory]
    [InlineData("42/custom,[1]", "Debug: A connection from 127.0.0.1 was closed: packet for a namespace that is not joined.")]
    [InlineData("44\"x\"", "Debug: A connection from 127.0.0.1 was closed: packet that only a server sends.")]
    [InlineData("42{}", "Debug: A connection from 127.0.0.1 was closed after a packet that cannot be decoded: invalid payload.")]
    [InlineData("42[\"disconnect\"]", "Warning: A packet (Event \"disconnect\") of socket ")]
    [InlineData("42[\"x\",1e400]", "was dropped: number out of range.")]
    public async Task A_violation_and_a_packet_that_is_dropped_are_a_line(string packet, string line)
    {
        await using var host = await StartAsync(_ => { });
        await using var client = await host.ConnectAsync();

        await client.SendAsync(packet);

        await SaysAsync(line);
    }

    public void Dispose() => _log.Dispose();

    private static ValueTask Doorman(Socket socket, Func<ValueTask> next) => throw new ConnectErrorException("members only");

    private Task<SocketIOTestHost> StartAsync(Action<SocketIOServer> configure) => SocketIOTestHost.StartAsync(configure, services: services =>
    {
        services.AddSingleton<ILoggerProvider>(_log);
        services.Configure<LoggerFilterOptions>(filter => filter.MinLevel = LogLevel.Debug);
    });

    private Task SaysAsync(params string[] parts) => Eventually.TrueAsync(
        () => _log.Lines.Any(line => parts.All(part => line.Contains(part, StringComparison.Ordinal))),
        () => $"\"{parts[0]}\" in {string.Join('\n', _log.Lines.Where(line => line.Contains("127.0.0.1", StringComparison.Ordinal)))}");
}
