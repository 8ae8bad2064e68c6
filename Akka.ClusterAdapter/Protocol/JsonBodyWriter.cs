using System.Collections.Immutable;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Writes arguments as one JSON array, binary values beside it.</summary>
internal sealed class JsonBodyWriter : PacketBodyWriter, IBinarySink
{
    private const int MaxAttachments = 10; // socket.io-parser 4.2.6 and newer: a client closes its connection at the eleventh

    private readonly JsonPacketParser _parser;
    private JsonScratch? _scratch;
    private ImmutableArray<ReadOnlyMemory<byte>>.Builder? _attachments;
    private int _attachmentCount;
    private JsonPacketArguments? _passedOn;
    private int?[] _numbers = [];
    private BinaryMarker? _marker;

    public JsonBodyWriter(JsonPacketParser parser)
    {
        _parser = parser;
        _scratch = parser.Scratches.Rent();
        _scratch.Writer.WriteStartArray();
    }

    private BinaryMarker Marker => _marker ??= new();

    private JsonScratch Scratch => _scratch ?? throw new InvalidOperationException("The body is complete or was given up.");

    public override void Write<T>(T value)
    {
        var writer = Scratch.Writer;
        var previous = BinaryAttachments.ReplaceSink(this);
        try
        {
            JsonSerializer.Serialize(writer, value, _parser.Options);
        }
        catch
        {
            Abandon(); // half a value is in the buffer
            throw;
        }
        finally
        {
            BinaryAttachments.RestoreSink(previous);
        }
    }

    public override PacketBody Complete()
    {
        var scratch = Scratch;
        try
        {
            if (_attachmentCount > MaxAttachments)
                throw new InvalidOperationException($"A packet can have {MaxAttachments} attachments at most; this one has {_attachmentCount}.");
            scratch.Writer.WriteEndArray();
            scratch.Writer.Flush();
            var data = scratch.Buffer.WrittenSpan;
            return _marker is null
                ? new PacketBody(data.ToArray())
                : new PacketBody(JsonPlaceholders.Settle(data, _marker), _attachments?.ToImmutable() ?? []);
        }
        finally
        {
            Abandon();
        }
    }

    public override void Abandon()
    {
        if (_scratch is not { } scratch)
            return;
        _scratch = null;
        _parser.Scratches.Return(scratch);
    }

    void IBinarySink.WriteBinary(Utf8JsonWriter writer, ReadOnlyMemory<byte> value)
    {
        var isTooMany = _attachmentCount >= MaxAttachments; // Complete will refuse it: no need to keep the bytes
        Marker.Write(writer, AddAttachment(isTooMany ? default : value.ToArray()));
    }

    void IBinarySink.WriteReceived(Utf8JsonWriter writer, byte[] value)
    {
        var number = _attachments?.Count - 1 ?? -1;
        while (number >= 0 && !_attachments![number].Span.SequenceEqual(value))
            number--;
        Marker.Write(writer, number >= 0 ? number : AddAttachment(value));
    }

    void IBinarySink.WriteArgument(Utf8JsonWriter writer, PacketArgument argument)
    {
        if (argument.Source is not JsonPacketArguments source)
            throw new NotSupportedException("The argument was received by another parser.");

        var raw = source.Raw(argument.Index);
        if (source.Attachments.IsEmpty)
            writer.WriteRawValue(raw, skipInputValidation: true);
        else
            WriteRenumbered(writer, raw, source);
    }

    private void WriteRenumbered(Utf8JsonWriter writer, ReadOnlySpan<byte> raw, JsonPacketArguments source)
    {
        var attachments = source.Attachments;
        var found = JsonPlaceholders.Find(raw, attachments.Length);

        // Arguments of one packet share its attachments: however often they refer to one, it goes out once.
        if (!ReferenceEquals(_passedOn, source))
            (_passedOn, _numbers) = (source, new int?[attachments.Length]);
        using var text = new JsonSplice(raw.Length);
        foreach (var (start, end, number) in found)
        {
            text.Copy(raw, start, end);
            Marker.Write(text.StandIn, _numbers[number] ??= AddAttachment(attachments[number]));
        }

        writer.WriteRawValue(text.Finish(raw).Span, skipInputValidation: true);
    }

    private int AddAttachment(ReadOnlyMemory<byte> bytes)
    {
        _attachments ??= ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        if (_attachmentCount < MaxAttachments)
            _attachments.Add(bytes);
        return _attachmentCount++;
    }
}
