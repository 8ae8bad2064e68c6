using System.Text.Json;

namespace Akka.ClusterAdapter.Server;

/// <summary>What applications keep with a socket, as others see it.</summary>
internal static class SocketData
{
    // Objects take more room than their JSON.
    private const long BytesPerJsonByte = 4;

    /// <summary>Its JSON. One socket's data that is no JSON must not cost the asker all the others.</summary>
    public static byte[] ToJson(Socket socket)
    {
        var server = socket.Namespace.Server;
        try
        {
            if (socket.Data is { } value)
                return JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), server.Parser.JsonOptions);
        }
        catch (Exception e)
        {
            server.Dispatcher.HandlerFailed(e, "data", socket.Namespace.Name);
        }

        return "{}"u8.ToArray();
    }

    /// <summary>
    /// About how many bytes of memory it takes. Texts and byte arrays are measured where they are kept. Runs code of the application: not under a
    /// lock.
    /// </summary>
    public static long BytesOf(Socket socket) => socket.Data is (null or string or byte[]) ? 0 : BytesPerJsonByte * ToJson(socket).Length;
}
