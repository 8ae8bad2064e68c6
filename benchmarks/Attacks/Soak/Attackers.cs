using System.Collections.Concurrent;
using System.Text.Json;
using Attacks.Clients;
using Attacks.Table;
using Attacks.Victims;

namespace Attacks.Soak;

/// <summary>Strangers who want to do harm, each kind over and over.</summary>
internal sealed class Attackers(VictimCluster cluster, CancellationToken end)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public int Count => _counts.Values.Sum();

    public string Describe() => string.Join(", ", _counts.Select(static pair => $"{pair.Key} {pair.Value}"));

    public Task RunAsync() => Task.WhenAll(
    [
        .. Many(40, "post at the connect time-out", url => PostAbort.OneAsync(url, ConnectTimeout)),
        .. Many(8, "post against a second poll", OverlapAsync),
        .. Many(4, "post against an upgrade", UpgradeAsync),
        .. Many(4, "callbacks that throw", ThrowAsync),
        .. Many(2, "events that throw", EventsAsync),
        Repeat(
            "cookie beyond ASCII", cluster.Edge!.Url,
            url => OnceAsync(url, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Test-Client: 10.1.1.1\r\nCookie: name=é\r\n\r\n")),
        Repeat("broken chunk", cluster.Edge!.Url, url => OnceAsync(
            url, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Test-Client: 10.1.1.2\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    ]);

    private IEnumerable<Task> Many(int count, string name, Func<string, Task> attack) =>
        Enumerable.Range(0, count).Select(i => Repeat(name, cluster.Workers[i % cluster.Workers.Count].Url, attack));

    private async Task Repeat(string name, string url, Func<string, Task> attack)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await RawConnection.Quietly(() => attack(url)).WaitAsync(TimeSpan.FromSeconds(60), end);
            }
            catch (Exception e) when (e is OperationCanceledException or TimeoutException or HttpRequestException or JsonException)
            {
            }

            _counts.AddOrUpdate(name, 1, static (_, count) => count + 1);
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static async Task OnceAsync(string url, string request)
    {
        using var connection = await RawConnection.OpenAsync(url);
        await connection.SendAsync(request);
        await connection.ReceiveAsync();
        await Task.Delay(20);
    }

    /// <summary>A second poll, which ends the session, and the last byte of a POST in one moment.</summary>
    private static async Task OverlapAsync(string url)
    {
        var path = await JoinedAsync(url);
        using var get = await RawConnection.OpenAsync(url);
        using var second = await RawConnection.OpenAsync(url);
        using var post = await RawConnection.OpenAsync(url);
        await get.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        await post.SendAsync($"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 7\r\n\r\n42[\"x\"");
        await Task.Delay(8);
        await Task.WhenAll(second.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"), post.SendAsync("]"));
        await Task.Delay(20);
    }

    /// <summary>A POST that ends while a WebSocket takes the session over, and a kept-alive connection whose next request must not be hit.</summary>
    private static async Task UpgradeAsync(string url)
    {
        var path = await JoinedAsync(url);
        using var post = await RawConnection.OpenAsync(url);
        using var socket = await RawConnection.OpenAsync(url);
        await post.SendAsync($"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 7\r\n\r\n42[\"x\"");
        await socket.SendAsync($"GET {path.Replace("polling", "websocket", StringComparison.Ordinal)} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        await socket.ReceiveAsync();
        await socket.SendAsync(RawConnection.Frame("2probe"));
        await socket.ReceiveAsync();
        await Task.WhenAll(socket.SendAsync(RawConnection.Frame("5")), post.SendAsync("]"));
        await Task.Delay(20);
    }

    /// <summary>The application's own callbacks throw when this client leaves; it leaves without a word.</summary>
    private static async Task ThrowAsync(string url)
    {
        using var connection = await RawConnection.OpenAsync(url);
        await connection.SendAsync("GET /socket.io/?EIO=4&transport=websocket&throws=1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        await connection.ReceiveAsync();
        await connection.SendAsync(RawConnection.Frame("40"));
        await Task.Delay(50);
        connection.Reset();
    }

    private static async Task EventsAsync(string url)
    {
        using var connection = await RawConnection.OpenWebSocketAsync(url);
        await connection.SendAsync(RawConnection.Frame("40"));
        for (var i = 0; i < 50; i++)
            await connection.SendAsync(RawConnection.Frame(i % 2 == 0 ? "42[\"throws\",true]" : "42[\"typed\",{\"a\":\"x\"}]"));
        await Task.Delay(200);
    }

    private static async Task<string> JoinedAsync(string url)
    {
        var path = $"/socket.io/?EIO=4&transport=polling&sid={await HttpAttacks.HandshakeAsync(url)}";
        using var connection = await RawConnection.OpenAsync(url);
        await connection.SendAsync($"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 2\r\n\r\n40");
        await connection.ReceiveAsync();
        await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        await connection.ReceiveAsync();
        return path;
    }
}
