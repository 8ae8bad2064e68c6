using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>The parser every Socket.IO client has by default: JSON text, binary values as attachments behind it.</summary>
public sealed class JsonPacketParser : IPacketParser
{
    /// <summary>A parser with its own copy of the options.</summary>
    /// <param name="options">
    /// How CLR values become JSON. Default: <see cref="JsonSerializerDefaults.Web"/> and
    /// <see cref="System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/>. <c>byte[]</c>, <c>ReadOnlyMemory&lt;byte&gt;</c>,
    /// <c>Memory&lt;byte&gt;</c> and <c>ArraySegment&lt;byte&gt;</c> are always binary; NaN and the infinities become null, unless
    /// <see cref="JsonSerializerOptions.NumberHandling"/> allows literals for them.
    /// </param>
    public JsonPacketParser(JsonSerializerOptions? options = null)
    {
        Options = PacketJson.CreateOptions(options);
        Untyped = new(Options);
        var writerOptions = PacketJson.WriterOptions(Options);
        Scratches = new ScratchPool<JsonScratch>(() => new JsonScratch(writerOptions));
    }

    /// <inheritdoc/>
    public string Name => "json";

    JsonSerializerOptions IPacketParser.JsonOptions => Options;

    internal JsonSerializerOptions Options { get; }

    internal UntypedTypes Untyped { get; }

    internal ScratchPool<JsonScratch> Scratches { get; }

    internal NameCache Names { get; } = new();

    /// <inheritdoc/>
    public PacketBodyWriter CreateBody() => new JsonBodyWriter(this);

    /// <inheritdoc/>
    public IPacketDecoder CreateDecoder(PacketDecoderLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new JsonPacketDecoder(this, limits);
    }

    /// <inheritdoc/>
    public PacketArguments Read(PacketType type, PacketBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var layout = JsonPayload.Scan(type, body.Data.Span, PacketJson.Trusted, Names);
        if (layout.Refusal is { } refusal)
            throw refusal;
        if (!body.Attachments.IsEmpty)
            JsonPlaceholders.Find(body.Data.Span, body.Attachments.Length);
        return JsonPacketArguments.Create(this, body, layout);
    }

    /// <inheritdoc/>
    public EncodedPacket Encode(PacketHeader header, PacketBody? body)
    {
        var payload = body is null ? default : Payload(header.Type, body);
        var attachments = body?.Attachments ?? [];
        var isRoot = header.Namespace is "/";
        Span<byte> id = stackalloc byte[20];
        var idLength = Format(header.Id, id);
        Span<byte> count = stackalloc byte[11];
        var countLength = attachments.IsEmpty ? 0 : Format(attachments.Length, count);

        // 52-/admin,13["a",{…},{…}]
        var nameLength = isRoot ? 0 : Encoding.UTF8.GetByteCount(header.Namespace) + 1;
        var length = 1 + (countLength == 0 ? 0 : countLength + 1) + nameLength + idLength + payload.Length;
        var head = GC.AllocateUninitializedArray<byte>(length);
        head[0] = TypeDigit(header.Type, countLength > 0);
        var rest = head.AsSpan(1);
        if (countLength > 0)
            rest = Append(Append(rest, count[..countLength]), "-"u8);
        if (!isRoot)
            rest = Append(rest[Encoding.UTF8.GetBytes(header.Namespace, rest)..], ","u8);
        payload.CopyTo(Append(rest, id[..idLength]));
        return new EncodedPacket(head, IsText: true, attachments);
    }

    /// <inheritdoc/>
    public PacketBody Append(PacketBody body, string argument)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(argument);

        // ["news",1] and an offset: ["news",1,"offset"]
        var kept = body.Data.Length - 1;
        var data = new byte[kept + argument.Length + 4];
        body.Data.Span[..kept].CopyTo(data);
        var rest = Append(data.AsSpan(kept), ",\""u8);
        Append(rest[Encoding.ASCII.GetBytes(argument, rest)..], "\"]"u8);
        return new PacketBody(data, body.Attachments);
    }

    // A writer makes arrays; the payload of a connect packet or a connect error is the one value in it. (Neither is ever an array itself.)
    private static ReadOnlySpan<byte> Payload(PacketType type, PacketBody body)
    {
        var data = body.Data.Span;
        if (type is not (PacketType.Connect or PacketType.ConnectError))
            return data;
        if (!body.Attachments.IsEmpty)
            throw new ArgumentException("Only events and answers can carry binary values.", nameof(body));
        return data is [(byte)'[', .. var value, (byte)']'] ? value : data;
    }

    private static byte TypeDigit(PacketType type, bool hasAttachments)
    {
        var digit = (byte)((byte)'0' + (byte)type);
        return hasAttachments && type is PacketType.Event or PacketType.Ack ? (byte)(digit + (PacketType.BinaryEvent - PacketType.Event)) : digit;
    }

    private static int Format(long? number, Span<byte> target) =>
        number is { } value && Utf8Formatter.TryFormat(value, target, out var length) ? length : 0;

    private static Span<byte> Append(Span<byte> target, scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target);
        return target[bytes.Length..];
    }
}
