using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Engine.Connections;

/// <summary>Kestrel with connections that the loop reads, and a test that serves them.</summary>
internal sealed class LoopServer : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;

    private LoopServer(WebApplication app, ClientLoop loop, LogRecorder logs)
    {
        (_app, Loop, Logs) = (app, loop, logs);
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public ClientLoop Loop { get; }

    public LogRecorder Logs { get; }

    public int Port { get; }

    /// <param name="serve">A connection, until it is over.</param>
    /// <param name="cluster">The cluster's receiver.</param>
    /// <param name="configure">The transport.</param>
    public static async Task<LoopServer> StartAsync(
        Func<ConnectionContext, Task> serve, Func<IReceiver?>? cluster = null, Action<SocketTransportOptions>? configure = null)
    {
        var logs = new LogRecorder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.AddSingleton<IConnectionListenerFactory, DirectTransportFactory>();
        builder.Services.AddSingleton(provider => new ClientLoop(
            cluster ?? (static () => null), provider.GetRequiredService<ILoggerFactory>(), TimeProvider.System));
        builder.Services.AddOptions<DirectTransportOptions>().Configure<ClientLoop>(static (options, loop) => options.Loop = loop);
        builder.Services.Configure<SocketTransportOptions>(options => configure?.Invoke(options));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(connection => serve(connection))));
        var app = builder.Build();
        await app.StartAsync();
        return new(app, app.Services.GetRequiredService<ClientLoop>(), logs);
    }

    public static LoopConnection Of(ConnectionContext connection) => connection.Features.GetRequiredFeature<LoopConnection>();

    public static Socket SocketOf(ConnectionContext connection) => connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    /// <summary>Answers what comes with the same.</summary>
    public static async Task EchoAsync(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            foreach (var part in read.Buffer)
                await connection.Transport.Output.WriteAsync(part);
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    public async Task<Socket> ConnectAsync(int buffer = 0)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (buffer > 0)
            client.ReceiveBufferSize = client.SendBufferSize = buffer;
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client;
    }

    public static async Task<byte[]> ReadAsync(Socket client, int count)
    {
        var bytes = new byte[count];
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        for (var read = 0; read < count;)
        {
            var some = await client.ReceiveAsync(bytes.AsMemory(read), deadline.Token);
            Assert.NotEqual(0, some);
            read += some;
        }

        return bytes;
    }

    public static async Task<byte[]> ReadToEndAsync(Socket client)
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await client.ReceiveAsync(buffer, deadline.Token) is > 0 and var count)
            all.Write(buffer, 0, count);
        return all.ToArray();
    }

    public Task StopAsync(CancellationToken hurry = default) => _app.StopAsync(hurry);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
