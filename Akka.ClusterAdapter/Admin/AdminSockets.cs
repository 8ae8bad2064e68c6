using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>Lists of sockets, each as admin pages see it.</summary>
internal static class AdminSockets
{
    /// <summary>Bytes of all sockets of one worker.</summary>
    private const int MostBytes = 8_000_000;

    /// <summary>Those of this worker.</summary>
    /// <param name="io">The server.</param>
    /// <param name="view">How they are shown.</param>
    /// <param name="most">Most of them.</param>
    public static List<ReadOnlyMemory<byte>> OfWorker(SocketIOServer io, SocketView view, int most)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        var bytes = 0;
        foreach (var socket in io.Namespaces.SelectMany(static ns => ns.Sockets.Values))
        {
            if (found.Count >= most || bytes > MostBytes)
                break;
            if (!socket.Connected)
                continue;
            var json = AdminJson.Of((view, socket), static (json, it) => it.view.Write(json, it.socket, it.socket.Rooms));
            found.Add(json);
            bytes += json.Length;
        }

        return found;
    }

    /// <summary>As one array.</summary>
    public static byte[] ToJson(List<ReadOnlyMemory<byte>> sockets) => AdminJson.Of(sockets, static (json, sockets) =>
    {
        json.WriteStartArray();
        foreach (var socket in sockets)
            json.WriteRawValue(socket.Span, skipInputValidation: true);
        json.WriteEndArray();
    });

    private static ReadOnlyMemory<byte> Copy(JsonElement socket) => AdminJson.Of(socket, static (json, socket) => socket.WriteTo(json));

    /// <summary>Those of another worker.</summary>
    public static List<ReadOnlyMemory<byte>> Read(byte[] array, int most)
    {
        using var document = AdminJson.Parse(array);
        return [.. document.RootElement.EnumerateArray().Take(most).Select(Copy)];
    }
}
