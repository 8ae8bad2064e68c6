using System.Text.Json;
using Attacks.Clients;

namespace Attacks.Table;

/// <summary>Attacks by HTTP requests alone.</summary>
internal static class HttpAttacks
{
    private const string Path = "/socket.io/?EIO=4&transport=polling";
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public static async Task<string> HandshakeAsync(string url)
    {
        using var answer = await Http.GetAsync(url + Path);
        var open = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        return JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()!;
    }

    public static async Task<long> EndDuringPostAsync(AttackRun run)
    {
        long sent = 0;
        var left = 3_000;
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                Interlocked.Add(ref sent, await PostAbort.OneAsync(run.Url, TimeSpan.FromSeconds(1)));
        }));
        await Task.Delay(2_000);
        var stats = await run.Cluster.Workers[0].StatsAsync();
        run.Noticed = $"{stats.Sessions - 1} sessions left over";
        return sent;
    }

    public static async Task<long> HandshakesAsync(AttackRun run)
    {
        var connection = run.Keep(await RawConnection.OpenAsync(run.Url));
        var reading = connection.DrainAsync();
        var one = $"GET {Path} HTTP/1.1\r\nHost: a\r\n\r\n";
        for (var i = 0; i < 100; i++)
            await connection.SendAsync(string.Concat(Enumerable.Repeat(one, 100)));
        await Task.WhenAny(reading, Task.Delay(3_000));
        using var request = new HttpRequestMessage(HttpMethod.Get, run.Url + Path);
        using var other = await Http.SendAsync(request);
        run.Noticed = $"next handshake {(int)other.StatusCode}";
        return connection.Sent;
    }

    public static async Task<long> HeadersThroughEdgeAsync(AttackRun run)
    {
        long sent = 0;
        for (var i = 0; i < 200; i++)
        {
            using var connection = await RawConnection.OpenAsync(run.Url);
            await connection.SendAsync($"GET {Path} HTTP/1.1\r\nHost: a\r\nCookie: name=é\r\n\r\n");
            await connection.ReceiveAsync();
            sent += connection.Sent;
            if (i % 10 == 0)
                await CountOthersAsync(run, i);
        }

        run.Noticed = Others(run);
        return sent;
    }

    public static async Task<long> OverRateLimitAsync(AttackRun run)
    {
        long sent = 0;
        for (var i = 0; i < 100; i++)
        {
            using var connection = await RawConnection.OpenAsync(run.Url);
            await connection.SendAsync($"GET {Path} HTTP/1.1\r\nHost: a\r\nX-Test-Client: 10.1.1.1\r\n\r\n");
            await connection.ReceiveAsync();
            sent += connection.Sent;
            if (i % 2 == 0)
                await CountOthersAsync(run, i);
        }

        run.Noticed = Others(run);
        return sent;
    }

    public static async Task<long> BrokenForwardedPostsAsync(AttackRun run)
    {
        var other = run.Cluster.Workers[1].Url;
        var sent = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            var sid = await HandshakeAsync(run.Url);
            using var connection = await RawConnection.OpenAsync(other);
            await connection.SendAsync($"POST {Path}&sid={sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n4");
            await Task.Delay(200);
            connection.Reset();
            return connection.Sent;
        }));
        return sent.Sum();
    }

    public static async Task<long> EndlessForwardedPostAsync(AttackRun run)
    {
        var sid = await HandshakeAsync(run.Url);
        var connection = run.Keep(await RawConnection.OpenAsync(run.Cluster.Workers[1].Url));
        var answer = connection.ReceiveAsync();
        await connection.SendAsync($"POST {Path}&sid={sid} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        var chunk = System.Text.Encoding.ASCII.GetBytes($"10000\r\n{new string('4', 65536)}\r\n");
        await RawConnection.Quietly(async () =>
        {
            while (!answer.IsCompleted && connection.Sent < 200_000_000)
                await connection.SendAsync(chunk).WaitAsync(TimeSpan.FromSeconds(5));
        });
        return connection.Sent;
    }

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<AttackRun, Dictionary<int, int>> Seen = [];

    private static async Task CountOthersAsync(AttackRun run, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, run.Url + Path);
        request.Headers.Add("X-Test-Client", $"10.2.0.{number + 1}");
        using var answer = await Http.SendAsync(request);
        var counts = Seen.GetOrCreateValue(run);
        counts[(int)answer.StatusCode] = counts.GetValueOrDefault((int)answer.StatusCode) + 1;
    }

    private static string Others(AttackRun run) =>
        "others' handshakes: " + string.Join(", ", Seen.GetOrCreateValue(run).Select(pair => $"{pair.Value} × {pair.Key}"));
}
