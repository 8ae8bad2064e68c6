using System.Buffers;
using MessagePack;

namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>socket.io-msgpack-parser: a map with <c>type</c>, <c>data</c>, <c>nsp</c> and perhaps <c>id</c>.</summary>
internal sealed class PackedCodec(string ns) : PacketCodec(ns)
{
    public override Packet? Take(Message message)
    {
        var reader = new MessagePackReader(message.Bytes);
        var (type, id, values) = (-1, (int?)null, Array.Empty<object?>());
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "type": type = reader.ReadInt32(); break;
                case "id": id = reader.TryReadNil() ? null : reader.ReadInt32(); break;
                case "data": values = Data(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        return new(type, id, values);
    }

    public override Message[] Connect(string? pid, string? offset) => One(0, null, (ref MessagePackWriter writer) =>
    {
        writer.WriteMapHeader((pid is null ? 0 : 1) + (pid is null || offset is null ? 0 : 1));
        if (pid is null)
            return;
        writer.Write("pid");
        writer.Write(pid);
        if (offset is null)
            return;
        writer.Write("offset");
        writer.Write(offset);
    });

    public override Message[] Disconnect() => One(1, null, null);

    public override Message[] Write(int type, int? id, object?[] values) => One(type, id, (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(values.Length);
        foreach (var value in values)
            Write(ref writer, value);
    });

    private delegate void WriteData(ref MessagePackWriter writer);

    private Message[] One(int type, int? id, WriteData? data)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteMapHeader(2 + (id is null ? 0 : 1) + (data is null ? 0 : 1));
        writer.Write("type");
        writer.Write(type);
        writer.Write("nsp");
        writer.Write(Namespace);
        if (id is { } number)
        {
            writer.Write("id");
            writer.Write(number);
        }

        if (data is not null)
        {
            writer.Write("data");
            data(ref writer);
        }

        writer.Flush();
        return [new(null, buffer.WrittenSpan.ToArray())];
    }

    private static void Write(ref MessagePackWriter writer, object? value)
    {
        switch (value)
        {
            case string text: writer.Write(text); break;
            case byte[] bytes: writer.Write(bytes); break;
            case int number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            default: writer.WriteNil(); break;
        }
    }

    private static object?[] Data(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType != MessagePackType.Map)
        {
            var values = new object?[reader.ReadArrayHeader()];
            for (var i = 0; i < values.Length; i++)
                values[i] = Value(ref reader);
            return values;
        }

        string? sid = null, pid = null, error = null;
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "sid": sid = reader.ReadString(); break;
                case "pid": pid = reader.ReadString(); break;
                case "message": error = reader.ReadString(); break;
                default: reader.Skip(); break;
            }
        }

        return [sid ?? error, pid];
    }

    private static object? Value(ref MessagePackReader reader)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.String: return reader.ReadString();
            case MessagePackType.Integer: return reader.ReadInt64();
            case MessagePackType.Float: return (long)reader.ReadDouble();
            case MessagePackType.Boolean: return reader.ReadBoolean();
            case MessagePackType.Binary: return reader.ReadBytes()?.ToArray();
            default: reader.Skip(); return null;
        }
    }
}
