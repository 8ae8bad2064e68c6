using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>Deliver an encoded event to the receiver's local sockets.</summary>
internal sealed class Broadcast(string @namespace, BroadcastOptions options, PacketBody body) : OrderedMessage(@namespace)
{
    public const string Kind = "B1";

    public BroadcastOptions Options { get; } = options;

    public PacketBody Body { get; } = body;

    /// <summary>Its place among those of its worker that clients may come back for; none when nobody records it.</summary>
    public LogPlace Place { get; set; }

    public override string Manifest => Kind;

    // B1: origin f64 · sequence f64 · namespace · flags, rooms, except · body · [P · length · life f64 · number]
    protected override void WriteRest(ref PeerWriter writer)
    {
        writer.Selection(Options);
        writer.Body(Body);
        PeerTails.Write(ref writer, Place);
    }
}

/// <summary>As <see cref="Broadcast"/>, and report what becomes of each client.</summary>
internal sealed class BroadcastWithAck(string @namespace, long requestId, TimeSpan budget, BroadcastOptions options, PacketBody body)
    : RequestMessage(@namespace, requestId, budget)
{
    public const string Kind = "Q1";

    public BroadcastOptions Options { get; } = options;

    public PacketBody Body { get; } = body;

    public override string Manifest => Kind;

    // Q1: origin · sequence · namespace · request · budget ms · flags, rooms, except · body
    protected override void WriteQuestion(ref PeerWriter writer)
    {
        writer.Selection(Options);
        writer.Body(Body);
    }
}

/// <summary>Nobody waits for the answers to a <see cref="BroadcastWithAck"/> any more: let go of what is kept for it.</summary>
internal sealed class EndQuestion(string @namespace, long requestId) : OrderedMessage(@namespace)
{
    public const string Kind = "X1";

    /// <summary>Number of the question at its origin.</summary>
    public long RequestId { get; } = requestId;

    public override string Manifest => Kind;

    // X1: origin · sequence · namespace · request
    protected override void WriteRest(ref PeerWriter writer) => writer.Varint((ulong)RequestId);
}

/// <summary>Make the selected sockets join rooms, or leave them.</summary>
internal sealed class ChangeRooms(string @namespace, bool join, BroadcastOptions options, ImmutableArray<string> rooms) : OrderedMessage(@namespace)
{
    public const string JoinKind = "J1";
    public const string LeaveKind = "V1";

    /// <summary>True to join, false to leave: the two have a manifest each.</summary>
    public bool Join { get; } = join;

    public BroadcastOptions Options { get; } = options;

    public ImmutableArray<string> Rooms { get; } = rooms;

    public override string Manifest => Join ? JoinKind : LeaveKind;

    // J1, V1: origin · sequence · namespace · flags, rooms, except · rooms to join or leave
    protected override void WriteRest(ref PeerWriter writer)
    {
        writer.Selection(Options);
        writer.Texts(Rooms.AsSpan());
    }
}

/// <summary>Disconnect the selected sockets.</summary>
internal sealed class DisconnectSockets(string @namespace, BroadcastOptions options, bool close) : OrderedMessage(@namespace)
{
    public const string Kind = "D1";

    public BroadcastOptions Options { get; } = options;

    public bool Close { get; } = close;

    public override string Manifest => Kind;

    // D1: origin · sequence · namespace · flags, rooms, except · 1 to close the whole connection
    protected override void WriteRest(ref PeerWriter writer)
    {
        writer.Selection(Options);
        writer.Byte(Close ? (byte)1 : (byte)0);
    }
}

/// <summary>Describe the selected sockets.</summary>
internal sealed class FetchSockets(string @namespace, long requestId, TimeSpan budget, BroadcastOptions options) : RequestMessage(@namespace, requestId, budget)
{
    public const string Kind = "F1";

    public BroadcastOptions Options { get; } = options;

    public override string Manifest => Kind;

    // F1: origin · sequence · namespace · request · budget ms · flags, rooms, except
    protected override void WriteQuestion(ref PeerWriter writer) => writer.Selection(Options);
}

/// <summary>Raise an event on the namespace itself.</summary>
internal sealed class ServerSideEvent(string @namespace, PacketBody body) : OrderedMessage(@namespace)
{
    public const string Kind = "E1";

    public PacketBody Body { get; } = body;

    public override string Manifest => Kind;

    // E1: origin · sequence · namespace · body
    protected override void WriteRest(ref PeerWriter writer) => writer.Body(Body);
}

/// <summary>As <see cref="ServerSideEvent"/>, and answer it.</summary>
internal sealed class ServerSideRequest(string @namespace, long requestId, TimeSpan budget, PacketBody body) : RequestMessage(@namespace, requestId, budget)
{
    public const string Kind = "R1";

    public PacketBody Body { get; } = body;

    public override string Manifest => Kind;

    // R1: origin · sequence · namespace · request · budget ms · body
    protected override void WriteQuestion(ref PeerWriter writer) => writer.Body(Body);
}
