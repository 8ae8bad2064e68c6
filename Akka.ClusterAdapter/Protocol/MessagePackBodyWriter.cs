using System.Buffers;
using System.Text.Json;
using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>Writes arguments as one MessagePack array, by way of JSON: the application's converters and naming rules are those of its JSON.</summary>
internal sealed class MessagePackBodyWriter(MessagePackPacketParser parser) : PacketBodyWriter, IBinarySink
{
    private const int MaxHeaderBytes = 5;

    private MessagePackScratch? _scratch = parser.Scratches.Rent();
    private BinaryMarker? _marker;
    private int _count;

    private MessagePackScratch Scratch => _scratch ?? throw new InvalidOperationException("The body is complete or was given up.");

    public override void Write<T>(T value)
    {
        var scratch = Scratch;
        try
        {
            Serialize(scratch.Json, value);
            if (scratch.Json.Buffer.WrittenCount > 0) // else a converter wrote nothing
                Append(scratch);
            scratch.Json.Clear();
            scratch.Inclusions.Clear();
        }
        catch
        {
            Abandon(); // half a value is in the buffers
            throw;
        }
    }

    public override PacketBody Complete()
    {
        var elements = Scratch.Output.WrittenSpan;
        var body = new ArrayBufferWriter<byte>(MaxHeaderBytes + elements.Length);
        var writer = new MessagePackWriter(body);
        writer.WriteArrayHeader(_count);
        writer.WriteRaw(elements);
        writer.Flush();
        Abandon();
        return new PacketBody(body.WrittenMemory);
    }

    public override void Abandon()
    {
        if (_scratch is not { } scratch)
            return;
        _scratch = null;
        parser.Scratches.Return(scratch);
    }

    void IBinarySink.WriteBinary(Utf8JsonWriter writer, ReadOnlyMemory<byte> value) => Include(writer, new Inclusion(value, IsEncoded: false));

    void IBinarySink.WriteReceived(Utf8JsonWriter writer, byte[] value) => Include(writer, new Inclusion(value, IsEncoded: false));

    void IBinarySink.WriteArgument(Utf8JsonWriter writer, PacketArgument argument)
    {
        if (argument.Source is not MessagePackPacketArguments source)
            throw new NotSupportedException("The argument was received by another parser.");
        Include(writer, new Inclusion(source.Raw(argument.Index), IsEncoded: true));
    }

    private void Serialize<T>(JsonScratch json, T value)
    {
        var previous = BinaryAttachments.ReplaceSink(this);
        try
        {
            JsonSerializer.Serialize(json.Writer, value, parser.Options);
            json.Writer.Flush();
        }
        finally
        {
            BinaryAttachments.RestoreSink(previous);
        }
    }

    private void Append(MessagePackScratch scratch)
    {
        scratch.Transcoder.Write(scratch.Json.Buffer.WrittenSpan, scratch.Inclusions, scratch.Inclusions.Count == 0 ? null : _marker, scratch.Output);
        _count++;
    }

    private void Include(Utf8JsonWriter writer, Inclusion inclusion)
    {
        var inclusions = Scratch.Inclusions;
        (_marker ??= new()).Write(writer, inclusions.Count);
        inclusions.Add(inclusion);
    }
}
