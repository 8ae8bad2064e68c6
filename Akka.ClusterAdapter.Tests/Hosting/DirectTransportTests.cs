using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Tests.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>What <c>AddSocketIO</c> does to the connections of an application: nothing that its other endpoints could notice.</summary>
public sealed class DirectTransportTests
{
    private const int Megabytes = 32;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_ordinary_endpoint_beside_it_keeps_the_applications_write_buffer(bool isDirect)
    {
        await using var app = await StartAsync(isDirect);
        using var client = await ConnectAsync(app);

        // Nobody reads, and the application lets its answers wait without a limit.
        await client.SendAsync("GET /download HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        await app.Written.Task.WaitAsync(Deadline);

        Assert.Equal(app.Sum, SHA256.HashData(await BodyAsync(client)));
    }

    [Fact]
    public async Task Strangers_who_say_nothing_never_take_the_last_place()
    {
        await using var app = await StartAsync(isDirect: true, services => services.Configure<DirectTransportOptions>(options => options.MostConnections = 2));
        using var first = await ConnectAsync(app);
        using var second = await ConnectAsync(app);
        // Places are taken one after the other, as connections are accepted.
        Assert.Contains("pipe", await AnswerAsync(first, "/other"));
        Assert.Contains("pipe", await AnswerAsync(second, "/other"));

        Assert.False(await IsServedAsync(app));

        first.Dispose();
        await Eventually.TrueAsync(() => IsServedAsync(app), "there is room again");
        Assert.Contains("pipe", await AnswerAsync(second, "/other"));
    }

    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 200, 696)]
    [InlineData("Max open files            256                  256                  files     ", 200, 16)]
    [InlineData("Max open files            1048576              1048576              files     ", 300, 1_047_252)]
    [InlineData("Max open files            unlimited            unlimited            files     ", 300, int.MaxValue)]
    [InlineData("Max processes             10                   10                   processes ", 300, int.MaxValue)]
    public void There_are_as_many_places_as_open_files_without_those_that_the_process_needs(string limits, int open, int most) =>
        Assert.Equal(most, ConnectionPlaces.MostOf($"Limit                     Soft Limit           Hard Limit           Units     \n{limits}\n", open));

    [Fact]
    public async Task Sessions_write_straight_to_the_socket_and_other_endpoints_do_not()
    {
        await using var app = await StartAsync(isDirect: true);
        using var polling = await ConnectAsync(app);
        using var webSocket = new WireClient(await ConnectAsync(app));
        using var shared = new WireClient(await ConnectAsync(app));

        var handshake = await AnswerAsync(polling, "/engine.io/?EIO=4&transport=polling");
        var other = await AnswerAsync(polling, "/other");
        await webSocket.SendUpgradeAsync("EIO=4&transport=websocket");
        Assert.StartsWith("HTTP/1.1 101 ", await webSocket.ReadHeadAsync());
        Assert.StartsWith("0{", await webSocket.ReadTextAsync());

        // A connection on which another endpoint has answered stays with the pipe, and works.
        await shared.SendAsciiAsync("GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Contains("pipe", (await shared.ReadAnswerAsync()).Body);
        await shared.SendUpgradeAsync("EIO=4&transport=websocket");
        Assert.StartsWith("HTTP/1.1 101 ", await shared.ReadHeadAsync());
        Assert.StartsWith("0{", await shared.ReadTextAsync());
        await EchoAsync(webSocket);
        await EchoAsync(shared);

        Assert.Contains("0{", handshake);
        Assert.EndsWith("pipe", other);
        Assert.Equal([true, true, false], app.Sessions.Select(writer => writer is { IsDirect: true }));
    }

    [Fact]
    public async Task Switched_off_everything_goes_through_Kestrels_own_transport()
    {
        await using var app = await StartAsync(isDirect: false);
        using var polling = await ConnectAsync(app);
        using var webSocket = new WireClient(await ConnectAsync(app));

        Assert.Contains("0{", await AnswerAsync(polling, "/engine.io/?EIO=4&transport=polling"));
        await webSocket.SendUpgradeAsync("EIO=4&transport=websocket");
        Assert.StartsWith("HTTP/1.1 101 ", await webSocket.ReadHeadAsync());
        Assert.StartsWith("0{", await webSocket.ReadTextAsync());
        await EchoAsync(webSocket);

        Assert.Equal([null, null], app.Sessions);
    }

    private static async Task EchoAsync(WireClient client)
    {
        var text = "4" + new string('x', 300_000);
        await client.SendTextAsync(text);
        Assert.Equal(text, await client.ReadTextAsync());
    }

    private static async Task<string> AnswerAsync(Socket client, string target)
    {
        await client.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        var buffer = new byte[4096];
        var answer = "";
        while (!answer.Contains("\r\n\r\n", StringComparison.Ordinal) || answer.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await client.ReceiveAsync(buffer).WaitAsync(Deadline);
            answer += count > 0 ? System.Text.Encoding.ASCII.GetString(buffer, 0, count) : throw new EndOfStreamException();
        }

        return answer;
    }

    /// <summary>Slowly, in small pieces.</summary>
    private static async Task<byte[]> BodyAsync(Socket client)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var all = new MemoryStream();
        var buffer = new byte[8192];
        while (await client.ReceiveAsync(buffer, deadline.Token) is > 0 and var count)
            all.Write(buffer, 0, count);
        var bytes = all.ToArray();
        return bytes[(bytes.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
    }

    private static async Task<Socket> ConnectAsync(Application app)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, app.Port);
        return client;
    }

    /// <summary>One more connection; false when it is closed at once, maybe before it knows that it is one.</summary>
    private static async Task<bool> IsServedAsync(Application app)
    {
        try
        {
            using var client = await ConnectAsync(app);
            return (await AnswerAsync(client, "/other")).Contains("pipe", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    private static async Task<Application> StartAsync(bool isDirect, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.MaxWriteBufferSize = null);
        builder.Services.AddSocketIO(options => (options.DirectWrites, options.LoopReads) = (isDirect, options.LoopReads && isDirect));
        services?.Invoke(builder.Services);
        var app = new Application(builder.Build());
        await app.StartAsync(isDirect);
        return app;
    }

    private sealed class Application(WebApplication app) : IAsyncDisposable
    {
        private readonly byte[] _block = RandomNumberGenerator.GetBytes(1024 * 1024);

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>How each session's connection writes when the session begins; null by Kestrel's own transport.</summary>
        public List<SocketWriterState?> Sessions { get; } = [];

        public byte[] Sum => SHA256.HashData(Enumerable.Repeat(_block, Megabytes).SelectMany(block => block).ToArray());

        public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

        public Task StartAsync(bool isDirect)
        {
            var handler = new RecordingHandler { OnMessage = static (socket, text) => socket.TrySend(EngineHost.Message(text)) };
            app.MapSocketIO();
            app.MapEngineIO("/engine.io", handler, options =>
            {
                options.DirectWrites = isDirect;
                options.AllowRequest = context =>
                {
                    Sessions.Add(StateOf(context));
                    return new((string?)null);
                };
            });
            app.MapGet("/other", (HttpContext context) =>
            {
                var text = StateOf(context) switch { null => "own", { IsDirect: true } => "direct", _ => "pipe" };
                context.Response.ContentLength = text.Length;
                return context.Response.WriteAsync(text);
            });
            app.MapGet("/download", DownloadAsync);
            return app.StartAsync();
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private static SocketWriterState? StateOf(HttpContext context) =>
            context.Features.Get<IConnectionTransportFeature>()?.Transport.Output is SocketWriter writer ? new(writer.IsDirect) : null;

        private async Task DownloadAsync(HttpContext context)
        {
            context.Response.ContentLength = (long)Megabytes * _block.Length;
            for (var i = 0; i < Megabytes; i++)
                await context.Response.Body.WriteAsync(_block);
            Written.SetResult();
        }
    }

    private sealed record SocketWriterState(bool IsDirect);
}
