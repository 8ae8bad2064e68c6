using System.Net.WebSockets;
using System.Runtime;
using System.Text;
using System.Threading.Channels;
using Akka.ClusterAdapter.Server;

namespace TestServer.WarmUp;

/// <summary>
/// Runs what clients are going to ask for until the just-in-time compiler has done its work: a cold start against short time-outs is no fair test.
/// Leaves no session behind.
/// </summary>
internal static class WarmUpRun
{
    private const int Times = 200;

    // A server that is measured must not compile while it is: rounds go on until one brings hardly anything new.
    private const int FewMethods = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HardLimit = TimeSpan.FromSeconds(30);

    // Checks of the protocol want a server that is not cold, and want it soon.
    private const int ProtocolRounds = 3;

    // The compiler waits for 100 ms without new methods before it goes on to the next tier.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(120);
    private static readonly string Filler = new('x', 1000);

    public static async Task RunAsync(Profile profile, string url, SocketIOServer io)
    {
        using var limit = new CancellationTokenSource(HardLimit);
        try
        {
            await RunAsync(profile, url, limit.Token);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            while (io.Engine.SessionCount > 0)
                await timer.WaitForNextTickAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A machine as busy as that gains nothing by waiting longer.
        }
    }

    private static async Task RunAsync(Profile profile, string url, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        var compiled = 0L;
        for (var round = 0; profile == Profile.Bench ? TimeProvider.System.GetElapsedTime(start) < Limit : round < ProtocolRounds; round++)
        {
            await RoundAsync(profile, url, ct);
            await Task.Delay(Pause, TimeProvider.System, ct);
            if (JitInfo.GetCompiledMethodCount() - compiled < FewMethods)
                return;
            compiled = JitInfo.GetCompiledMethodCount();
        }
    }

    private static async Task RoundAsync(Profile profile, string url, CancellationToken ct)
    {
        try
        {
            if (profile == Profile.Bench)
                await BenchAsync(url, ct);
            else
                await ProtocolAsync(url, ct);
            await PollingAsync(url, "/socket.io", connect: true, ct);
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or ChannelClosedException)
        {
            // Cold and with short time-outs the server may well have ended a session: the very thing this is for.
        }
    }

    private static async Task BenchAsync(string url, CancellationToken ct)
    {
        await using var one = await JoinAsync(url, ct);
        await using var two = await JoinAsync(url, ct);
        await using var three = await JoinAsync(url, ct);
        for (var i = 0; i < Times; i++)
        {
            await AskAsync(one, $"""["echo","#{i:D10}{Filler}"]""", ct);
            await AskAsync(one, """["whoami"]""", ct);
            await one.SendAsync($"""42["p2p","warm-up","#{i:D10}"]""", ct);
            await one.SendAsync($"""42["broadcast","warm-up","#{i:D10}{Filler}"]""", ct);
            await one.ExpectAsync("42[\"b\"", ct);
            await one.SendAsync("""451-["broadcast","warm-up",{"_placeholder":true,"num":0}]""", ct);
            await one.SendAsync(Encoding.UTF8.GetBytes(Filler), ct);
            await one.ExpectAsync("451-[\"b\"", ct);
        }

        for (var i = 0; i < Times / 4; i++)
        {
            await AskAsync(one, """["fetch"]""", ct);
            await AskAsync(one, """["sse"]""", ct);
        }

        await AskAsync(two, """["leave","warm-up"]""", ct);
    }

    private static async Task<WarmUpClient> JoinAsync(string url, CancellationToken ct)
    {
        var client = await ConnectAsync(url, ct);
        await AskAsync(client, """["join","warm-up"]""", ct);
        return client;
    }

    private static async Task<WarmUpClient> ConnectAsync(string url, CancellationToken ct)
    {
        var client = await WarmUpClient.OpenAsync(url, "/socket.io", ct);
        await client.SendAsync("40", ct);
        await client.ExpectAsync("40{", ct);
        return client;
    }

    private static async Task AskAsync(WarmUpClient client, string payload, CancellationToken ct)
    {
        await client.SendAsync("427" + payload, ct);
        await client.ExpectAsync("437[", ct);
    }

    private static async Task ProtocolAsync(string url, CancellationToken ct)
    {
        await using var client = await ConnectAsync(url, ct);
        await using var engine = await WarmUpClient.OpenAsync(url, "/engine.io", ct);
        for (var i = 0; i < Times; i++)
        {
            await client.SendAsync("""42["message",1,"2",{"3":[true]}]""", ct);
            await client.ExpectAsync("42[\"message-back\"", ct);
            await AskAsync(client, """["message-with-ack",1,"2",{"3":[false]}]""", ct);
            await client.SendAsync("""451-["message",{"_placeholder":true,"num":0}]""", ct);
            await client.SendAsync([1, 2, 3], ct);
            await client.ExpectAsync("451-[\"message-back\"", ct);
            await engine.SendAsync("4hello", ct);
            await engine.ExpectAsync("4hello", ct);
        }

        await PollingAsync(url, "/engine.io", connect: false, ct);
    }

    /// <summary>A few polls and posts, a refusal, and a close.</summary>
    private static async Task PollingAsync(string url, string path, bool connect, CancellationToken ct)
    {
        using var http = new HttpClient();
        for (var i = 0; i < 10; i++)
        {
            var address = $"{url}{path}/?EIO=4&transport=polling";
            var open = await http.GetStringAsync(address, ct);
            var sid = open.Split('"')[3];
            await PostAsync(connect ? "40" : "4hello", sid);
            await http.GetStringAsync($"{address}&sid={sid}", ct);
            await PostAsync("1", sid);
            using var refused = await http.GetAsync($"{address}&sid=unknown", ct);

            async Task PostAsync(string body, string id)
            {
                using var content = new StringContent(body);
                using var answer = await http.PostAsync($"{address}&sid={id}", content, ct);
                answer.EnsureSuccessStatusCode();
            }
        }
    }
}
