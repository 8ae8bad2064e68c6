using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.Serialization;
using Akka.ClusterAdapter.Protocol;
using Akka.Configuration;
using Hyperion;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// Arguments as CLR values of registered types. Hyperion trusts the lengths in what it reads, so it is only shown bytes that are as they were written: an
/// envelope of ours carries a checksum, and what is too large is refused before.
/// </summary>
internal sealed class HyperionFormat : IArgumentFormat
{
    /// <summary>First byte of every body; JSON begins with a bracket.</summary>
    private const byte Form = 1;

    private const int HeadSize = 1 + sizeof(ulong);

    private readonly ServerSideTypes _types;
    private readonly int _maxSize;
    private readonly Serializer _serializer;

    /// <param name="types">What may cross.</param>
    /// <param name="maxSize">Bytes of the largest body that is read.</param>
    /// <exception cref="ConfigurationException">A registered type has a field of a type that may not cross.</exception>
    public HyperionFormat(ServerSideTypes types, int maxSize)
    {
        _types = types;
        _maxSize = maxSize;
        _serializer = new Serializer(new SerializerOptions(
            versionTolerance: false,
            preserveObjectReferences: true,
            surrogates: null,
            serializerFactories: [new RegisteredTypesOnly(types)],
            knownTypes: null,
            ignoreISerializable: true,
            packageNameOverrides: null,
            disallowUnsafeTypes: true,
            typeFilter: types));
        foreach (var type in types.Registered.Where(type => !type.IsAbstract))
            Prepare(type);
    }

    public PacketBodyWriter CreateBody() => new HyperionBodyWriter(this);

    // form · checksum of what follows f64 · count × (length and bytes; 0 for null)
    public PacketArguments Read(PacketType type, PacketBody body)
    {
        var data = body.Data;
        if (data.Length > _maxSize)
            throw new ProtocolException($"CLR values of {data.Length} bytes are more than akka.cluster-adapter.max-packet-size ({_maxSize}).");
        if (data.Length < HeadSize || data.Span[0] != Form || !body.Attachments.IsEmpty)
            throw new ProtocolException("These are no CLR values.");
        if (BinaryPrimitives.ReadUInt64LittleEndian(data.Span[1..]) != XxHash3.HashToUInt64(data.Span[HeadSize..]))
            throw new ProtocolException("CLR values of another worker are damaged.");
        var values = ReadRanges(data[HeadSize..]);
        if (type != PacketType.Event)
            return new HyperionArguments(this, "", values, body);
        return values.Length > 0 && Decode(values[0]) is string name
            ? new HyperionArguments(this, name, values[1..], body)
            : throw new ProtocolException("An event of another worker has no name.");
    }

    /// <summary>A body of encoded values.</summary>
    public static PacketBody Seal(IReadOnlyList<ReadOnlyMemory<byte>> values)
    {
        var size = new PeerWriter([], counts: true);
        Write(ref size, values);
        var bytes = new byte[HeadSize + size.Position];
        var writer = new PeerWriter(bytes.AsSpan(HeadSize), counts: false);
        Write(ref writer, values);
        bytes[0] = Form;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), XxHash3.HashToUInt64(bytes.AsSpan(HeadSize)));
        return new PacketBody(bytes);
    }

    /// <exception cref="NotSupportedException">The value is, or contains, something of a type that is not registered or that Hyperion cannot write.</exception>
    public ReadOnlyMemory<byte> Encode(object value)
    {
        if (!_types.IsAllowed(value.GetType()))
            throw new NotSupportedException(ServerSideTypes.Refusal(value.GetType()));
        using var stream = new MemoryStream();
        try
        {
            _serializer.Serialize(value, stream);
        }
        catch (Exception unfit) when (unfit is not OutOfMemoryException)
        {
            throw new NotSupportedException($"A value of {value.GetType()} cannot cross to other workers: {unfit.Message}", unfit);
        }

        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }

    /// <exception cref="ProtocolException">The value cannot be made here: a type that is not registered on this worker, or that has other fields.</exception>
    public object? Decode(ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty)
            return null;
        using var stream = new BoundedStream(value);
        try
        {
            var decoded = _serializer.Deserialize(stream);
            return stream.IsAtEnd ? decoded : throw new ProtocolException("A CLR value of another worker has more fields there than here.");
        }
        catch (Exception unfit) when (unfit is not ProtocolException)
        {
            throw new ProtocolException($"A CLR value of another worker cannot be read: {unfit.Message}", unfit);
        }
    }

    /// <summary>Now, and once: a type that turns out to be unfit while two threads ask for it leaves the second one waiting for ever.</summary>
    private void Prepare(Type type)
    {
        try
        {
            _serializer.GetSerializerByType(type).WriteManifest(Stream.Null, _serializer.GetSerializerSession());
        }
        catch (Exception unfit)
        {
            throw new ConfigurationException($"{ServerSideTypes.Key} has {type}, which cannot cross: {unfit.Message}", unfit);
        }
    }

    private static void Write(ref PeerWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> values)
    {
        writer.Length(values.Count);
        foreach (var value in values)
            writer.Bytes(value);
    }

    private static ReadOnlyMemory<byte>[] ReadRanges(ReadOnlyMemory<byte> data)
    {
        try
        {
            var reader = new PeerReader(data);
            var values = new ReadOnlyMemory<byte>[reader.Length()];
            for (var i = 0; i < values.Length; i++)
                values[i] = reader.Bytes();
            return values;
        }
        catch (SerializationException malformed)
        {
            throw new ProtocolException(malformed.Message, malformed);
        }
    }
}
