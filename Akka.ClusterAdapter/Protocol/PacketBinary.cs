using System.Runtime.InteropServices;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Binary in values without a type. There it is Base64 text (<see cref="JsonElement.GetBytesFromBase64"/> reads it) that is sent on as binary; this
/// tells it from text that only looks like Base64.
/// </summary>
public static class PacketBinary
{
    /// <summary>The bytes of a value that came as binary.</summary>
    /// <param name="value">An argument, an answer or a part of one, as it was read from a packet: not a copy that another serializer wrote.</param>
    /// <param name="bytes">A copy of the bytes; empty when it is no binary.</param>
    /// <returns>False for text and everything else.</returns>
    public static bool TryGet(JsonElement value, out byte[] bytes)
    {
        bytes = [];
        return value.ValueKind == JsonValueKind.String && BinaryText.TryRead(JsonMarshal.GetRawUtf8Value(value)[1..^1], out bytes);
    }
}
