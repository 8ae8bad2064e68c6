using System.Text.Json;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>Connection state recovery in the hands of those whose session it is not, or who come back for ever.</summary>
public class RecoveryAbuseTests
{
    private static readonly Action<SocketIOOptions> Recovery = options => options.ConnectionStateRecovery = new SessionStoreOptions { MaxSessions = 100 };

    [Theory]
    [InlineData("{\"pid\":\"guess\",\"offset\":\"x\"}")]
    [InlineData("{\"pid\":\"__proto__\",\"offset\":\"\"}")]
    [InlineData("{\"pid\":\"\",\"offset\":null}")]
    [InlineData("{\"pid\":[],\"offset\":{}}")]
    [InlineData("{\"pid\":\"SID\",\"offset\":\"OFFSET\"}")]
    public async Task R1_what_is_not_the_secret_recovers_nothing(string auth)
    {
        var server = await HostileServer.StartAsync(Recovery);
        await using var victim = await server.Host.OpenAsync();
        await victim.SendAsync("40");
        var sid = JsonDocument.Parse((await victim.ReceiveAsync()).AsMemory(2)).RootElement.GetProperty("sid").GetString()!;
        await server.Server.EmitAsync("x");
        var event_ = JsonDocument.Parse((await victim.ReceiveAsync()).AsMemory(2)).RootElement;
        await victim.CloseAsync();
        await Eventually.TrueAsync(() => server.Server.Of("/").Sockets.Count == 0);

        await using var thief = await server.Host.OpenAsync();
        await thief.SendAsync("40" + auth.Replace("SID", sid, StringComparison.Ordinal).Replace("OFFSET", event_[1].GetString(), StringComparison.Ordinal));

        var reply = JsonDocument.Parse((await thief.ReceiveAsync()).AsMemory(2)).RootElement;
        Assert.NotEqual(sid, reply.GetProperty("sid").GetString());
        Assert.DoesNotContain("recoveries.recovered", server.Server.Counters.Keys);
        await thief.CloseAsync();
        await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task R1_the_secret_has_120_random_bits()
    {
        var server = await HostileServer.StartAsync(Recovery);
        await using var client = await server.Host.OpenAsync();

        await client.SendAsync("40");

        var reply = JsonDocument.Parse((await client.ReceiveAsync()).AsMemory(2)).RootElement;
        Assert.Matches("^[A-Za-z0-9_-]{20,}$", reply.GetProperty("pid").GetString());
        Assert.NotEqual(reply.GetProperty("sid").GetString(), reply.GetProperty("pid").GetString());
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task R2_sessions_of_clients_that_come_and_go_are_bounded()
    {
        var server = await HostileServer.StartAsync(Recovery);

        for (var i = 0; i < 300; i++)
        {
            using var client = await RawSocket.ConnectAsync(server.Uri);
        }

        await Eventually.TrueAsync(() => server.Server.Engine.SessionCount == 0);
        Assert.Equal(100, server.Server.Of("/").Recovery!.Sessions.Size.Sessions);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_was_recovered_and_saw_everything_recovers_again_however_long_it_was_idle()
    {
        var time = new FakeTimeProvider();
        var server = await HostileServer.StartAsync(
            options => (options.ConnectionStateRecovery, options.PingInterval) = (new SessionStoreOptions(), TimeSpan.FromHours(20)),
            services => services.AddSingleton<TimeProvider>(time));
        var (pid, offset) = await SeeAsync(server, "40", "first");
        await server.Server.EmitAsync("missed");
        (pid, offset) = await SeeAsync(server, $"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}", null, async () =>
        {
            await server.Server.To("others").EmitAsync("not for it");
            time.Advance(TimeSpan.FromMinutes(10));
        });

        await SeeAsync(server, $"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}", "last");

        Assert.Equal(2, server.Server.Counters["recoveries.recovered"]);
        await server.DisposeAsync();
    }

    /// <summary>Connects, sees one event (which is broadcast when it has a name, or was missed), and loses its connection.</summary>
    private static async Task<(string Pid, string Offset)> SeeAsync(HostileServer server, string connect, string? emit, Func<Task>? idle = null)
    {
        await using var client = await server.Host.OpenAsync();
        await client.SendAsync(connect);
        var frames = new List<string> { await client.ReceiveAsync() };
        if (emit is not null)
            await server.Server.EmitAsync(emit);
        frames.Add(await client.ReceiveAsync());
        if (idle is not null)
            await idle();
        await client.CloseAsync();
        await Eventually.TrueAsync(() => server.Server.Of("/").Sockets.Count == 0);
        var reply = JsonDocument.Parse(frames.Single(f => f.StartsWith("40{", StringComparison.Ordinal)).AsMemory(2)).RootElement;
        var seen = JsonDocument.Parse(frames.Single(f => f.StartsWith("42[", StringComparison.Ordinal)).AsMemory(2)).RootElement;
        return (reply.GetProperty("pid").GetString()!, seen[1].GetString()!);
    }
}
