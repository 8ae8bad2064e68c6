using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>Part <paramref name="index"/> (from 0) of <paramref name="count"/> of one worker's sockets.</summary>
internal sealed class SocketsPart(long origin, long requestId, int index, int count, ImmutableArray<SocketDetails> sockets) : AnswerMessage(origin, requestId)
{
    public const string Kind = "f2";

    public int Index { get; } = index;

    public int Count { get; } = count;

    /// <summary>The sockets; which worker they are on follows from the origin.</summary>
    public ImmutableArray<SocketDetails> Sockets { get; } = sockets;

    public override string Manifest => Kind;

    public static void WriteSocket(ref PeerWriter writer, SocketDetails socket, SocketDetails? previous)
    {
        writer.Text(socket.Id);
        writer.Texts(socket.Rooms.AsSpan());
        writer.BytesAfter(socket.Handshake, previous is null ? default : previous.Handshake);
        writer.Bytes(socket.Data);
    }

    public static ImmutableArray<SocketDetails> ReadSockets(ref PeerReader reader)
    {
        var sockets = new SocketDetails[reader.Length()];
        var handshake = ReadOnlyMemory<byte>.Empty;
        var size = 0L;
        for (var i = 0; i < sockets.Length; i++)
        {
            var id = reader.Text();
            var rooms = reader.Texts();
            handshake = reader.BytesAfter(handshake);
            size += handshake.Length;
            if (size > PeerLimits.LargestHandshakes && i > 0)
                throw new SerializationException($"A message from another worker is malformed: more than {PeerLimits.LargestHandshakes} bytes of handshakes.");
            sockets[i] = new SocketDetails(id, "", rooms, handshake, reader.Bytes());
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(sockets);
    }

    // f2: origin f64 · request · part · parts · count × (id · rooms · bytes that the handshake begins with, and ends with, like the one before it
    // · its other bytes · data)
    protected override void WriteAnswer(ref PeerWriter writer)
    {
        writer.Length(Index);
        writer.Length(Count);
        writer.Length(Sockets.Length);
        SocketDetails? previous = null;
        foreach (var socket in Sockets)
        {
            WriteSocket(ref writer, socket, previous);
            previous = socket;
        }
    }
}

/// <summary>A worker's answer to a server-side event.</summary>
internal sealed class ServerSideAnswer(long origin, long requestId, PacketBody? body, bool isTooLarge = false) : AnswerMessage(origin, requestId)
{
    public const string Kind = "e1";

    /// <summary>The answer; null when the worker does not have the namespace, or its answer is too large to cross.</summary>
    public PacketBody? Body { get; } = body;

    /// <summary>There is an answer, but it is too large to cross.</summary>
    public bool IsTooLarge { get; } = isTooLarge;

    public override string Manifest => Kind;

    // e1: origin f64 · request · 1 and a body, or 0 (no such namespace), or 2 (too large)
    protected override void WriteAnswer(ref PeerWriter writer)
    {
        writer.Byte(Body is not null ? (byte)1 : IsTooLarge ? (byte)2 : (byte)0);
        if (Body is not null)
            writer.Body(Body);
    }
}

/// <summary>Part <paramref name="index"/> (from 0) of <paramref name="count"/> of the clients that one worker asked.</summary>
internal sealed class AckAsked(long origin, long requestId, int index, int count, ImmutableArray<string> socketIds) : AnswerMessage(origin, requestId)
{
    public const string Kind = "q1";

    public int Index { get; } = index;

    public int Count { get; } = count;

    public ImmutableArray<string> SocketIds { get; } = socketIds;

    public override string Manifest => Kind;

    // q1: origin f64 · request · part · parts · ids
    protected override void WriteAnswer(ref PeerWriter writer)
    {
        writer.Length(Index);
        writer.Length(Count);
        writer.Texts(SocketIds.AsSpan());
    }
}

/// <summary>One client's end of the question: its answer, or null when it left without one.</summary>
internal readonly record struct ClientAnswer(string SocketId, PacketBody? Body);

/// <summary>Some of the clients that one worker asked have answered or left.</summary>
internal sealed class AckAnswers(long origin, long requestId, ImmutableArray<ClientAnswer> answers) : AnswerMessage(origin, requestId)
{
    public const string Kind = "a1";

    public ImmutableArray<ClientAnswer> Answers { get; } = answers;

    public override string Manifest => Kind;

    public static void WriteClient(ref PeerWriter writer, ClientAnswer answer)
    {
        writer.Text(answer.SocketId);
        writer.Byte(answer.Body is null ? (byte)0 : (byte)1);
        if (answer.Body is not null)
            writer.Body(answer.Body);
    }

    // a1: origin f64 · request · count × (id · 1 and a body, or 0)
    protected override void WriteAnswer(ref PeerWriter writer)
    {
        writer.Length(Answers.Length);
        foreach (var answer in Answers)
            WriteClient(ref writer, answer);
    }
}
