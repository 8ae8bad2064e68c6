using System.Text.Json;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <summary>What applications keep with a socket, as others see it.</summary>
internal static class SocketData
{
    // Objects take more room than their JSON.
    private const long BytesPerJsonByte = 4;

    /// <summary>Its JSON. One socket's data that is no JSON must not cost the asker all the others.</summary>
    public static byte[] ToJson(Socket socket) => ToJson(socket.Data, socket.Namespace) ?? "{}"u8.ToArray();

    /// <summary>JSON of what was kept with a socket; null when it is none.</summary>
    /// <param name="data">What was kept.</param>
    /// <param name="ns">Whose socket it was.</param>
    /// <param name="isTold">False when it is tried again and again: then it is not logged.</param>
    public static byte[]? ToJson(object? data, Namespace ns, bool isTold = true)
    {
        try
        {
            return data is null ? null : JsonSerializer.SerializeToUtf8Bytes(data, data.GetType(), ns.Server.Parser.JsonOptions);
        }
        catch (Exception e)
        {
            if (isTold)
                ns.Server.Dispatcher.HandlerFailed(e, "data", ns.Name);
            return null;
        }
    }

    /// <summary>What goes to another worker; false when that worker could not read it.</summary>
    public static bool TryPack(object? data, Namespace ns, out JsonData? packed, bool isTold = true)
    {
        packed = data as JsonData;
        if (data is null || packed is not null)
            return true;
        if (ToJson(data, ns, isTold) is { } json)
            packed = new JsonData(json);
        return packed is not null;
    }

    /// <summary>
    /// What has come from another worker: of the declared type (<see cref="SessionStoreOptions.DataType"/>), or else JSON until somebody asks for a type.
    /// </summary>
    /// <exception cref="JsonException">It is not of the declared type.</exception>
    public static object? Unpack(object? data, Namespace ns)
    {
        if (data is not JsonData packed)
            return data;
        var options = ns.Server.Parser.JsonOptions;
        return JsonSerializer.Deserialize(packed.Json.Span, ns.Server.Options.ConnectionStateRecovery?.DataType ?? typeof(JsonElement), options);
    }

    /// <summary>
    /// About how many bytes of memory it takes. Texts and byte arrays are measured where they are kept. Runs code of the application: not under a
    /// lock.
    /// </summary>
    public static long BytesOf(Socket socket) => socket.Data is (null or string or byte[]) ? 0 : BytesPerJsonByte * ToJson(socket).Length;
}
