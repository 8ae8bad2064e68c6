using System.Text.Json;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>An event for admin pages, encoded once for all of this worker.</summary>
/// <param name="name">The event's name.</param>
/// <param name="args">Its arguments: a JSON array.</param>
internal sealed class AdminMessage(string name, ReadOnlyMemory<byte> args)
{
    private EngineMessage? _encoded;

    public string Name => name;

    public ReadOnlyMemory<byte> Args => args;

    public int Size => args.Length + name.Length;

    /// <summary>A message with the arguments that <paramref name="write"/> writes.</summary>
    public static AdminMessage Of(string name, Action<Utf8JsonWriter> write) => new(name, AdminJson.Of(write, static (json, write) =>
    {
        json.WriteStartArray();
        write(json);
        json.WriteEndArray();
    }));

    /// <summary>As clients of the namespace get it.</summary>
    public EngineMessage For(Namespace ns)
    {
        if (_encoded is { } encoded)
            return encoded;
        using var document = AdminJson.Parse(args);
        object?[] values = [.. document.RootElement.EnumerateArray()];
        return _encoded = ns.Server.Encode(new PacketHeader(PacketType.Event, ns.Name), EventBody.Create(ns.Server.Parser, name, values));
    }
}
