using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Akka.ClusterAdapter.Admin;

/// <summary>JSON of what admin pages are told.</summary>
internal static class AdminJson
{
    // As deep as clients may send, and what is put around it.
    private const int Deepest = 2_048;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = Deepest };
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = Deepest };

    /// <summary>What <paramref name="write"/> writes.</summary>
    public static byte[] Of<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        write(json, state);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static JsonDocument Parse(ReadOnlyMemory<byte> json) => JsonDocument.Parse(json, Reading);

    /// <summary>
    /// A value of a client or the application, with its text written anew: what stands for binary in a packet is plain text from then on. Half of a
    /// pair of surrogates is no text, and is not shown.
    /// </summary>
    public static void WriteText(this Utf8JsonWriter json, JsonElement element)
    {
        byte[] text;
        try
        {
            text = Of(element, static (json, element) => element.WriteTo(json));
        }
        catch (InvalidOperationException)
        {
            json.WriteStringValue("… (not well-formed)");
            return;
        }

        json.WriteRawValue(text, skipInputValidation: true);
    }
}
