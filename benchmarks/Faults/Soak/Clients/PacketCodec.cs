using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>Makes packets of messages, and messages of packets: one for each connection.</summary>
internal abstract class PacketCodec(string ns)
{
    protected string Namespace => ns;

    /// <summary>A message came; the packet that is complete with it, if one is.</summary>
    public abstract Packet? Take(Message message);

    /// <summary>CONNECT, with what the client remembers of its session.</summary>
    public abstract Message[] Connect(string? pid, string? offset);

    public abstract Message[] Disconnect();

    /// <summary>An event, or an acknowledgement when it has no name.</summary>
    public abstract Message[] Write(int type, int? id, object?[] values);

    /// <summary>The original's JSON parser: <c>51-/second,17["name",{"_placeholder":true,"num":0}]</c> and bytes after it.</summary>
    public sealed class Json(string ns) : PacketCodec(ns)
    {
        private readonly List<byte[]> _attachments = [];
        private string? _waiting;
        private int _missing;

        private string Prefix => Namespace == "/" ? "" : Namespace + ",";

        public override Packet? Take(Message message)
        {
            if (message.Bytes is { } bytes)
            {
                _attachments.Add(bytes);
                if (_waiting is null || --_missing > 0)
                    return null;
                var complete = Parse(_waiting);
                (_waiting, _) = (null, 0);
                _attachments.Clear();
                return complete;
            }

            var text = message.Text!;
            if (text[0] is not ('5' or '6'))
                return Parse(text);
            (_waiting, _missing) = (text, int.Parse(text.AsSpan(1, text.IndexOf('-', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture));
            return null;
        }

        public override Message[] Connect(string? pid, string? offset) =>
            [new(
                $"0{Prefix}" + (pid is null ? "" : offset is null ? JsonSerializer.Serialize(new { pid }) : JsonSerializer.Serialize(new { pid, offset })),
                null)];

        public override Message[] Disconnect() => [new($"1{Prefix}", null)];

        public override Message[] Write(int type, int? id, object?[] values)
        {
            var attachments = values.OfType<byte[]>().ToArray();
            var body = JsonSerializer.Serialize(Placeholders(values));
            var head = attachments.Length == 0 ? $"{type}" : $"{type + 3}{attachments.Length}-";
            return [
                new($"{head}{Prefix}{id?.ToString(CultureInfo.InvariantCulture)}{body}", null), .. attachments.Select(static bytes => new Message(null, bytes))
            ];
        }

        private static IEnumerable<object?> Placeholders(object?[] values)
        {
            var number = 0;
            foreach (var value in values)
                yield return value switch { byte[] => new Placeholder(true, number++), _ => value };
        }

        private Packet Parse(string text)
        {
            var type = text[0] - '0';
            var at = 1;
            if (type >= 5)
                (type, at) = (type - 3, text.IndexOf('-', StringComparison.Ordinal) + 1);
            if (at < text.Length && text[at] == '/')
                at = text.IndexOf(',', at) is >= 0 and var comma ? comma + 1 : text.Length;
            var digits = at;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
                digits++;
            int? id = digits == at ? null : int.Parse(text.AsSpan(at, digits - at), CultureInfo.InvariantCulture);
            if (digits == text.Length)
                return new(type, id, []);
            using var body = JsonDocument.Parse(text.AsMemory(digits));
            return body.RootElement.ValueKind == JsonValueKind.Array
                ? new(type, id, [.. body.RootElement.EnumerateArray().Select(ValueOf)])
                : new(type, id, [Member(body.RootElement, "sid") ?? Member(body.RootElement, "message"), Member(body.RootElement, "pid")]);
        }

        private object? ValueOf(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetInt64(),
            JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
            JsonValueKind.Object when value.TryGetProperty("_placeholder", out _) => _attachments[value.GetProperty("num").GetInt32()],
            _ => null,
        };

        private sealed record Placeholder([property: JsonPropertyName("_placeholder")] bool Is, [property: JsonPropertyName("num")] int Number);

        private static string? Member(JsonElement value, string name) =>
            value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member.GetString() : null;
    }
}
