using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Akka.ClusterAdapter.Admin;

/// <summary>JSON of what admin pages are told.</summary>
internal static class AdminJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2_048 };

    /// <summary>What <paramref name="write"/> writes.</summary>
    public static byte[] Of<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        write(json, state);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A value, text written anew: whatever stands for binary in a packet is text from then on.</summary>
    public static void WriteText(this Utf8JsonWriter json, JsonElement element) => element.WriteTo(json);
}
