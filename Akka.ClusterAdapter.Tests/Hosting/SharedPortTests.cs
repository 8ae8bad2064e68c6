using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>When a worker takes connections of the port that it shares.</summary>
public sealed class SharedPortTests
{
    private readonly IPEndPoint _shared = ListenPort.Check(IPAddress.Loopback, 0);

    [Fact]
    public async Task A_worker_takes_connections_of_the_shared_port_only_while_it_is_ready()
    {
        var factory = new SwitchedFactory();
        await using var app = await StartAsync(factory);
        Assert.False(await AcceptsAsync());
        Assert.True(await AcceptsAsync(new Uri(app.Urls.Last())));

        factory.BeReady();
        await Eventually.TrueAsync(AcceptsAsync, "a connection");
        await using var client = await WireClient.OpenAsync(new Uri($"http://{_shared}"));
        await client.ConnectAsync();
        var stopping = app.Services.GetRequiredService<SocketIOServer>().DrainAsync();

        await Eventually.TrueAsync(async () => !await AcceptsAsync(), "no connection any more");
        Assert.Equal("closed", await client.ReceiveAsync());
        await client.CloseAsync();
        await stopping;
    }

    [Fact]
    public async Task A_worker_that_never_became_ready_can_stop()
    {
        await using var app = await StartAsync(new SwitchedFactory());

        await app.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_port_that_somebody_has_for_himself_is_noticed_at_the_start()
    {
        using var other = new TcpListener(_shared);
        other.Start();

        await Assert.ThrowsAsync<IOException>(() => StartAsync(new SwitchedFactory()));
    }

    [Fact]
    public async Task Two_workers_share_a_port()
    {
        var factory = new SwitchedFactory();
        factory.BeReady();
        await using var one = await StartAsync(factory);
        await using var two = await StartAsync(factory);

        SocketIOServer[] servers = [one.Services.GetRequiredService<SocketIOServer>(), two.Services.GetRequiredService<SocketIOServer>()];
        await Eventually.TrueAsync(AcceptsAsync, "a connection");
        await Eventually.TrueAsync(async () =>
        {
            await using var client = await WireClient.OpenAsync(new Uri($"http://{_shared}"));
            return servers.All(server => server.Engine.Counters.ContainsKey("sessions"));
        });
    }

    private async Task<WebApplication> StartAsync(IAdapterFactory factory)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddSocketIOSharedPort(_shared);
        builder.Services.AddSocketIO().UseAdapter(factory);
        var app = builder.Build();
        app.MapSocketIO();
        await app.StartAsync();
        return app;
    }

    private Task<bool> AcceptsAsync() => AcceptsAsync(new Uri($"http://{_shared}"));

    private static async Task<bool> AcceptsAsync(Uri address)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(address.Host, address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class SwitchedFactory : IAdapterFactory
    {
        private readonly InMemoryAdapterFactory _inner = new();
        private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string WorkerId => "switched";

        public bool IsReady => _ready.Task.IsCompleted;

        public void BeReady() => _ready.TrySetResult(true);

        public IAdapter Create(IAdapterHost host) => _inner.Create(host);

        public async ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => await _ready.Task.WaitAsync(ct);
    }
}
