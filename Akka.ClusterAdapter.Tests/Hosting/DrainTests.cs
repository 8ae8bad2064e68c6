using System.Net;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Tests.Gateway;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>What clients of a worker that stops see, and what the other workers do for them.</summary>
public sealed class DrainTests
{
    private const string Patient = "akka.cluster-adapter.drain-timeout = 20s";
    private const string GracefulClose = "6\u001e1";

    [Fact]
    public async Task A_waiting_poll_is_answered_with_a_close_packet()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sid = await ConnectAsync(hosts);
        var poll = hosts.PollAsync(hosts.One, sid);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.Sessions[sid].HasPoll, "a waiting poll");

        var stopping = hosts.One.StopAsync();

        Assert.Equal("1", await poll);
        await stopping;
    }

    [Fact]
    public async Task A_client_between_two_polls_gets_its_close_packet_with_the_next()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sid = await ConnectAsync(hosts);

        var stopping = await BeginStopAsync(hosts);
        await IsLetGoAsync(hosts, sid);

        Assert.Equal(GracefulClose, await hosts.PollAsync(hosts.Two, sid));
        await stopping;
    }

    [Fact]
    public async Task A_handshake_on_a_connection_that_was_kept_alive_is_served_by_another_worker()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var waitedFor = await hosts.OpenAsync(hosts.One);
        var stopping = await BeginStopAsync(hosts);

        using var answer = await hosts.SendAsync(hosts.One, HttpMethod.Get);
        var moved = PollingSid(await answer.Content.ReadAsStringAsync());
        await hosts.PostAsync(hosts.Two, moved, "40");
        var connected = await hosts.PollAsync(hosts.Two, moved);

        Assert.True(SessionId.TryGetTag(moved, out var tag));
        Assert.Equal(hosts.Two.Server.Engine.Tag, tag);
        Assert.True(answer.Headers.ConnectionClose);
        Assert.StartsWith("40{", connected, StringComparison.Ordinal);
        // It is counted when everything has been passed on; the client may have read it by then.
        await Eventually.TrueAsync(() => RoutedHosts.Forwarded(hosts.One, "moved") == 1, "a handshake that was moved");
        await IsLetGoAsync(hosts, waitedFor);
        Assert.Equal(GracefulClose, await hosts.PollAsync(hosts.One, waitedFor));
        await stopping;
    }

    [Fact]
    public async Task A_moved_handshake_goes_through_the_other_workers_pipeline_with_its_clients_address()
    {
        var seen = new List<string>();
        await using var hosts = await RoutedHosts.StartAsync(Patient, use: app => app.Use((context, next) =>
        {
            lock (seen)
                seen.Add($"{context.Request.Host.Port} {context.Connection.RemotePort}");
            return next(context);
        }));
        var waitedFor = await hosts.OpenAsync(hosts.One);
        var stopping = await BeginStopAsync(hosts);
        seen.Clear();

        await hosts.OpenAsync(hosts.One);

        Assert.Equal(2, seen.Count);
        Assert.Single(seen.Distinct());
        await hosts.PollAsync(hosts.One, waitedFor);
        await stopping;
    }

    [Fact]
    public async Task A_handshake_is_refused_when_no_other_worker_takes_it()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        using var http = new HttpClient { BaseAddress = host.Uri };
        var open = PollingSid(await http.GetStringAsync("/socket.io/?EIO=4&transport=polling"));
        var stopping = host.StopAsync();
        await Eventually.TrueAsync(() => !host.Server.Engine.Sessions[open].IsOpen, "a server that stops");

        using var refused = await http.GetAsync("/socket.io/?EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", refused.Headers.RetryAfter?.ToString());
        Assert.Equal(GracefulClose, await http.GetStringAsync("/socket.io/?EIO=4&transport=polling&sid=" + open));
        await stopping;
    }

    [Fact]
    public async Task A_WebSocket_that_was_moved_ends_with_the_worker_that_it_goes_through()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var waitedFor = await hosts.OpenAsync(hosts.One);
        var stopping = await BeginStopAsync(hosts);

        await using var moved = await hosts.One.OpenAsync();

        Assert.Equal(1, hosts.Two.Server.Engine.SessionCount);
        await IsLetGoAsync(hosts, waitedFor);
        Assert.Equal(GracefulClose, await hosts.PollAsync(hosts.One, waitedFor));
        Assert.Equal("closed", await moved.ReceiveAsync());
        await Eventually.TrueAsync(() => hosts.Two.Server.Engine.SessionCount == 0, "the session's end");
        await stopping;
    }

    [Fact]
    public async Task A_WebSocket_of_another_worker_ends_with_the_worker_that_it_goes_through()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sid = await hosts.OpenAsync(hosts.Two);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        await RoutedHosts.ReceiveAsync(socket);
        await RoutedHosts.SendAsync(socket, "5");
        await Eventually.TrueAsync(() => hosts.Two.Server.Engine.Sessions[sid].TransportName == TransportNames.WebSocket, "the upgrade");

        await hosts.One.StopAsync();

        await Eventually.TrueAsync(() => hosts.Two.Server.Engine.SessionCount == 0, "the session's end");
    }

    [Fact]
    public async Task A_client_in_the_middle_of_an_upgrade_hears_by_its_poll_that_the_worker_of_its_WebSocket_stops()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sid = await hosts.OpenAsync(hosts.Two);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));

        var stopping = hosts.One.StopAsync();
        var answer = await hosts.PollAsync(hosts.Two, sid);
        while (answer == "6")
            answer = await hosts.PollAsync(hosts.Two, sid);

        Assert.EndsWith("1", answer, StringComparison.Ordinal);
        await stopping;
        Assert.Equal(0, hosts.Two.Server.Engine.SessionCount);
    }

    [Fact]
    public async Task One_that_does_not_poll_any_more_ends_its_upgrade_and_hears_it_by_its_WebSocket()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sid = await hosts.OpenAsync(hosts.Two);
        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await RoutedHosts.SendAsync(socket, "2probe");
        Assert.Equal("3probe", await RoutedHosts.ReceiveAsync(socket));

        var stopping = hosts.One.StopAsync();
        await Eventually.TrueAsync(() => !hosts.Two.Server.Engine.Sessions[sid].IsOpen, "a session that ends");
        Assert.False(stopping.IsCompleted);
        await RoutedHosts.SendAsync(socket, "5");

        Assert.Equal("closed", await RoutedHosts.ReceiveAsync(socket));
        await socket.CloseOutputAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stopping;
    }

    [Fact]
    public async Task An_upgrade_that_comes_to_a_worker_that_stops_already_is_let_go_in_the_same_way()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var waitedFor = await hosts.OpenAsync(hosts.One);
        var sid = await hosts.OpenAsync(hosts.Two);
        var stopping = await BeginStopAsync(hosts);
        await IsLetGoAsync(hosts, waitedFor);

        using var socket = await RoutedHosts.UpgradeAsync(hosts.One, sid);
        await Eventually.TrueAsync(() => !hosts.Two.Server.Engine.Sessions[sid].IsOpen, "a session that ends");

        Assert.Equal(GracefulClose, await hosts.PollAsync(hosts.Two, sid));
        Assert.Equal(GracefulClose, await hosts.PollAsync(hosts.One, waitedFor));
        await stopping;
    }

    [Fact]
    public async Task A_poll_that_waits_at_another_worker_is_answered_and_its_session_lives_on()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sid = await hosts.OpenAsync(hosts.Two);
        await hosts.PostAsync(hosts.One, sid, "40");
        await hosts.PollAsync(hosts.One, sid);
        using var poll = hosts.SendAsync(hosts.One, HttpMethod.Get, sid);
        await Eventually.TrueAsync(() => hosts.Two.Server.Engine.Sessions[sid].HasPoll, "a waiting poll");

        await hosts.One.StopAsync();

        using var answer = await poll;
        Assert.Equal("6", await answer.Content.ReadAsStringAsync());
        Assert.True(answer.Headers.ConnectionClose);
        await hosts.Two.Server.EmitAsync("news");
        Assert.Equal("42[\"news\"]", await hosts.PollAsync(hosts.Two, sid));
    }

    [Fact]
    public async Task Only_another_worker_can_have_a_poll_answered()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var sid = await ConnectAsync(hosts);
        var poll = hosts.PollAsync(hosts.One, sid);
        await Eventually.TrueAsync(() => hosts.One.Server.Engine.Sessions[sid].HasPoll, "a waiting poll");

        using var refused = await hosts.SendAsync(hosts.One, HttpMethod.Delete, sid);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.True(hosts.One.Server.Engine.Sessions[sid].HasPoll);
        await hosts.One.Server.EmitAsync("news");
        Assert.Equal("42[\"news\"]", await poll);
    }

    [Fact]
    public async Task What_is_broadcast_reaches_whoever_is_still_there()
    {
        await using var hosts = await RoutedHosts.StartAsync(Patient);
        var sids = new string[30];
        for (var i = 0; i < sids.Length; i++)
            sids[i] = await ConnectAsync(hosts);
        var sessions = sids.Select(sid => hosts.One.Server.Engine.Sessions[sid]).ToArray();
        var stopping = hosts.One.StopAsync();

        for (var number = 0; sessions.Any(session => session.IsOpen); number++)
        {
            await hosts.Two.Server.EmitAsync("news", number);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        var last = new List<int>();
        foreach (var sid in sids)
        {
            var numbers = NumbersIn(await hosts.PollAsync(hosts.One, sid));
            Assert.Equal(Enumerable.Range(0, numbers.Length), numbers);
            last.Add(numbers.Length);
            if (numbers.Length > 0)
                Assert.Equal(GracefulClose, await hosts.PollAsync(hosts.One, sid));
        }

        Assert.True(last.Distinct().Count() > 5, $"they heard {string.Join(", ", last)} broadcasts");
        await stopping;
    }

    [Fact]
    public async Task A_host_without_patience_cuts_off_who_is_still_there()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSingleton<IAdapterFactory>(new SlowFactory()));
        using var http = new HttpClient { BaseAddress = host.Uri };
        await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        using var impatient = new CancellationTokenSource();
        await impatient.CancelAsync();

        await Task.WhenAny(host.StopAsync(impatient.Token));

        // The host need not have waited for it.
        await Eventually.TrueAsync(() => host.Logs.Lines.Any(line => line.Contains("1 session(s) were still there", StringComparison.Ordinal)), "it is told");
        Assert.Equal(0, host.Server.Engine.SessionCount);
    }

    [Theory]
    [InlineData(10, 15)]
    [InlineData(30, 30)]
    public async Task The_host_waits_for_the_drain_and_5_seconds_more(int configured, int actual)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, services: services =>
        {
            services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(configured));
            services.AddSingleton<IAdapterFactory>(new SlowFactory());
        });

        Assert.Equal(TimeSpan.FromSeconds(actual), host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    /// <summary>The last known client of the first worker keeps it from being gone at once.</summary>
    private static async Task<Task> BeginStopAsync(RoutedHosts hosts)
    {
        var stopping = hosts.One.StopAsync();
        await Eventually.TrueAsync(
            () => !hosts.Extension(hosts.One).IsReady && hosts.Extension(hosts.Two).ServerCount == 1, "a worker that leaves, and another that knows");
        return stopping;
    }

    /// <summary>A poll that comes earlier waits, and gets the close packet alone.</summary>
    private static Task IsLetGoAsync(RoutedHosts hosts, string sid) =>
        Eventually.TrueAsync(() => !hosts.One.Server.Engine.Sessions[sid].IsOpen, "a session that closes");

    private static async Task<string> ConnectAsync(RoutedHosts hosts)
    {
        var sid = await hosts.OpenAsync(hosts.One);
        await hosts.PostAsync(hosts.One, sid, "40");
        await hosts.PollAsync(hosts.One, sid);
        return sid;
    }

    private static int[] NumbersIn(string payload) => payload == GracefulClose
        ? []
        : [.. payload.Split('\u001e').Select(packet => int.Parse(packet.Split(',')[1].TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture))];

    private static string PollingSid(string open)
    {
        Assert.StartsWith("0{\"sid\":\"", open, StringComparison.Ordinal);
        return open.Substring(9, SessionId.Length);
    }

    private sealed class SlowFactory : IAdapterFactory
    {
        private readonly InMemoryAdapterFactory _inner = new();

        public string WorkerId => _inner.WorkerId;

        public TimeSpan DrainTimeout => TimeSpan.FromSeconds(10);

        public IAdapter Create(IAdapterHost host) => _inner.Create(host);
    }
}
