using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MessagePack;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>What came, without what is different by nature: ids, the order of keys, how a number is written.</summary>
internal static partial class WireText
{
    /// <summary>The packet that came; <paramref name="ack"/> is the id that its answer needs.</summary>
    public static string Of(string packet, out string? ack)
    {
        ack = null;
        var at = packet.IndexOfAny(['[', '{', '"']);
        if (at < 0 || packet.StartsWith("bin:", StringComparison.Ordinal))
            return packet;
        var head = packet[..at];
        if (Question().Match(head) is { Success: true } question)
        {
            ack = question.Groups["id"].Value;
            head = head[..question.Groups["id"].Index] + "#";
        }

        return head + Canonical(packet[at..]);
    }

    /// <summary>JSON with keys in order and values as both sides understand them; anything else as it is.</summary>
    public static string Canonical(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1_000 });
            var text = new StringBuilder();
            Write(document.RootElement, text);
            return text.ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return json;
        }
    }

    /// <summary>
    /// A MessagePack packet as JSON. The original writes members that are undefined (<c>pid</c>) as an extension, which to its client is as if they were not
    /// there.
    /// </summary>
    public static string OfMessagePack(byte[] packet)
    {
        try
        {
            return "msgpack " + Canonical(MessagePackSerializer.ConvertToJson(packet).Replace(",\"pid\":[0,\"AA==\"]", "", StringComparison.Ordinal));
        }
        catch (MessagePackSerializationException)
        {
            return "bin:" + Convert.ToHexStringLower(packet);
        }
    }

    /// <summary>What a compressed message was, or null when it is none.</summary>
    public static byte[]? Inflated(byte[] message)
    {
        // The tail that permessage-deflate leaves out, and an empty last block.
        using var source = new MemoryStream([.. message, 0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF]);
        using var deflate = new DeflateStream(source, CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        try
        {
            deflate.CopyTo(inflated);
            return inflated.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The private id of a CONNECT, or the offset behind an event, which is taken away from it.</summary>
    public static (string? Pid, string? Offset) TakeRecovery(ref string packet)
    {
        if (Pid().Match(packet) is { Success: true } pid)
            return (pid.Groups["id"].Value, null);
        if (Offset().Match(packet) is not { Success: true } offset)
            return default;
        packet = packet[..offset.Groups["id"].Index] + "*\"]";
        return (null, offset.Groups["id"].Value);
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var last = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
                foreach (var property in value.EnumerateObject())
                    last[property.Name] = property.Value;
                WriteObject(last, text);
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                    Write(item, text.Append(text[^1] == '[' ? "" : ","));
                text.Append(']');
                break;
            case JsonValueKind.Number:
                var number = value.GetDouble();
                text.Append(number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case JsonValueKind.String:
                text.Append(JsonSerializer.Serialize(value.GetString()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void WriteObject(SortedDictionary<string, JsonElement> properties, StringBuilder text)
    {
        text.Append('{');
        var isFirst = true;
        foreach (var (name, value) in properties)
        {
            text.Append(isFirst ? "" : ",").Append(JsonSerializer.Serialize(name)).Append(':');
            isFirst = false;
            if (value.ValueKind == JsonValueKind.String && name is "sid" or "pid")
                text.Append("\"*\"");
            else
                Write(value, text);
        }

        text.Append('}');
    }

    [GeneratedRegex("^40.*\"pid\":\"(?<id>[^\"]+)\"")]
    private static partial Regex Pid();

    [GeneratedRegex("^42(/[^,]*,)?\\[.*,\"(?<id>[^\"]+)\"\\]$")]
    private static partial Regex Offset();

    [GeneratedRegex(@"^4[25](\d+-)?(/[^,]*,)?(?<id>\d+)$")]
    private static partial Regex Question();
}
