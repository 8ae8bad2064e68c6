using System.Numerics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>What a member of the cluster is to the others.</summary>
internal enum PeerKind : byte
{
    /// <summary>Serves sockets and subscribes to the topic.</summary>
    Worker = 0,

    /// <summary>Publishes only.</summary>
    Emitter = 1,

    /// <summary>Routes sessions only.</summary>
    Gateway = 2,
}

/// <summary>What a member tells about itself.</summary>
internal sealed record PeerCard
{
    /// <summary>Version of the messages it speaks.</summary>
    public const int CurrentProtocol = 1;

    private const byte TellsPositionsFlag = 1;

    public PeerKind Kind { get; init; }

    public int Protocol { get; init; } = CurrentProtocol;

    /// <summary>Its largest frame, in bytes; the same on every worker, or links break.</summary>
    public int FrameSize { get; init; }

    /// <summary>Name of its packet parser.</summary>
    public string Parser { get; init; } = "";

    /// <summary>How it sends and reads the values of server-side events.</summary>
    public ServerSideValues Values { get; init; }

    /// <summary>The part of its session ids that names it; empty without a server.</summary>
    public string Tag { get; init; } = "";

    /// <summary>Where its HTTP requests can be forwarded to; empty when nowhere.</summary>
    public string Url { get; init; } = "";

    /// <summary>The secret a forwarded request must carry.</summary>
    public string ForwardToken { get; init; } = "";

    /// <summary>The largest body of a request that it takes, in bytes; 0 without a server, or from an older worker.</summary>
    public int MaxPayload { get; init; }

    /// <summary>Its named servers (<see cref="PeerServers"/>); empty without any, and from an older worker.</summary>
    public string Servers { get; init; } = "";

    /// <summary>Whether it tells how far it is when it is asked (<see cref="LogAsked"/>); false from an older worker.</summary>
    public bool TellsPositions { get; init; } = true;

    /// <summary>Whether it has a server. An emitter has those that it emits to.</summary>
    public bool Has(string server) => PeerServers.Has(Servers, server);

    /// <summary>Why two members with these cards, workers or emitters, cannot work together; null when they can.</summary>
    public string? ConflictWith(PeerCard mine)
    {
        if (Kind == PeerKind.Gateway)
            return null;
        if (PeerServers.Names(Servers)
            .FirstOrDefault(name => PeerServers.ParserOf(mine.Servers, name) is { } parser && parser != PeerServers.ParserOf(Servers, name)) is { } server)
        {
            return $"its server '{server}' uses the packet parser '{PeerServers.ParserOf(Servers, server)}' and this member's "
                + $"'{PeerServers.ParserOf(mine.Servers, server)}': "
                + "give it the same parser on every worker and emitter";
        }

        if (Parser != mine.Parser && Has(ServerName.Unnamed) && mine.Has(ServerName.Unnamed))
            return $"it uses the packet parser '{Parser}' and this member '{mine.Parser}': give every worker and emitter the same parser";
        if (FrameSize != mine.FrameSize)
            return $"its akka.remote.dot-netty.tcp.maximum-frame-size is {FrameSize} bytes and this member's {mine.FrameSize}: "
                + "set the same on every worker and emitter";
        return Values != mine.Values
            ? $"its akka.cluster-adapter.server-side-values are {Values} and this member's {mine.Values}: set the same on every worker and emitter"
            : null;
    }

    public void Write(ref PeerWriter writer)
    {
        writer.Byte((byte)Kind);
        writer.Length(Protocol);
        writer.Length(FrameSize);
        writer.Text(Parser);
        writer.Text(Tag);
        writer.Text(Url);
        writer.Text(ForwardToken);
        writer.Byte((byte)Values);
        writer.Length(MaxPayload);
        // Older workers read no further.
        if (Servers.Length > 0 || TellsPositions)
            writer.Text(Servers);
        if (TellsPositions)
            writer.Byte(TellsPositionsFlag);
    }

    public static PeerCard Read(ref PeerReader reader) => new()
    {
        Kind = (PeerKind)reader.Byte(),
        Protocol = reader.Number(),
        FrameSize = reader.Number(),
        Parser = reader.Text(),
        Tag = reader.Text(),
        Url = reader.Text(),
        ForwardToken = reader.Text(),
        Values = (ServerSideValues)reader.Byte(),
        MaxPayload = reader.Remaining > 0 ? reader.Number() : 0,
        Servers = reader.Remaining > 0 ? reader.Text() : "",
        TellsPositions = reader.Remaining > 0 && (reader.Byte() & TellsPositionsFlag) != 0,
    };

    // The token is a secret: it must not get into a log by way of ToString.
    public override string ToString() => $"{Kind} {Tag} {Parser} {FrameSize} {Url}";
}

/// <summary>
/// Says through the topic who is there. The sender hears its own too, which is how it knows that its subscription lives; a receiver that
/// answers one has proved that what this worker publishes reaches it.
/// </summary>
internal sealed class Hello : PeerMessage
{
    public const string Kind = "H1";

    public Hello(long origin, string workerId, PeerCard card)
    {
        Origin = origin;
        WorkerId = workerId;
        Card = card;
    }

    public string WorkerId { get; }

    public PeerCard Card { get; }

    /// <summary>Sequence number of the last ordered message before this one on the topic: where a receiver starts to count.</summary>
    public long LastSequence { get; init; }

    /// <summary>1 for the first hello of an origin.</summary>
    public long Number { get; init; }

    /// <summary>How often the sender has subscribed: a new one must be confirmed anew.</summary>
    public int Generation { get; init; }

    public bool WantsReply { get; init; }

    /// <summary>The sender is shutting down: do not wait for it any more.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>The sender waits for somebody: tell it how far you are.</summary>
    public bool WantsCredit { get; init; }

    /// <summary>
    /// Most bytes the sender has on their way to one worker: it must be told how far that is several times in as many. Travels as the power of two below;
    /// 0 from an older worker.
    /// </summary>
    public long Window { get; init; }

    public override string Manifest => Kind;

    // The flags' five upper bits: 1 is 64 KiB, the smallest window.
    private const int ScaleShift = 3;
    private const int ScaleBase = 15;
    private const int MostScale = 31;

    // H1: origin f64 · last sequence f64 · worker · number · generation · flags · card
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Fixed(LastSequence);
        writer.Text(WorkerId);
        writer.Varint((ulong)Number);
        writer.Length(Generation);
        writer.Byte((byte)((WantsReply ? 1 : 0) | (IsLeaving ? 2 : 0) | (WantsCredit ? 4 : 0) | (ScaleOf(Window) << ScaleShift)));
        Card.Write(ref writer);
    }

    public static Hello Read(ref PeerReader reader)
    {
        var origin = reader.Fixed();
        var lastSequence = reader.Fixed();
        var workerId = reader.Text();
        var number = (long)reader.Varint();
        var generation = reader.Number();
        var flags = reader.Byte();
        return new Hello(origin, workerId, PeerCard.Read(ref reader))
        {
            LastSequence = lastSequence,
            Number = number,
            Generation = generation,
            WantsReply = (flags & 1) != 0,
            IsLeaving = (flags & 2) != 0,
            WantsCredit = (flags & 4) != 0,
            Window = flags >> ScaleShift is var scale and > 0 ? 1L << (scale + ScaleBase) : 0,
        };
    }

    private static int ScaleOf(long window) => Math.Clamp(BitOperations.Log2((ulong)window) - ScaleBase, 0, MostScale);
}

/// <summary>Told directly to the sender of a <see cref="Hello"/> that came through the topic.</summary>
internal sealed class HelloReply : PeerMessage
{
    public const string Kind = "h1";

    public HelloReply(long origin, string workerId, PeerCard card)
    {
        Origin = origin;
        WorkerId = workerId;
        Card = card;
    }

    public string WorkerId { get; }

    public PeerCard Card { get; }

    /// <summary>Origin of the hello that is answered: a reply to an earlier life of its sender proves nothing.</summary>
    public long HelloOrigin { get; init; }

    /// <summary>The replying worker's subscription, see <see cref="Hello.Generation"/>.</summary>
    public int Generation { get; init; }

    /// <summary>True when the replying worker has, in turn, been heard by the one it replies to, or need not be: emitters hear nobody.</summary>
    public bool ConfirmsReceiver { get; init; }

    public override string Manifest => Kind;

    // h1: origin f64 · origin of the hello f64 · worker · generation · flags · card
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Fixed(HelloOrigin);
        writer.Text(WorkerId);
        writer.Length(Generation);
        writer.Byte(ConfirmsReceiver ? (byte)1 : (byte)0);
        Card.Write(ref writer);
    }

    public static HelloReply Read(ref PeerReader reader)
    {
        var origin = reader.Fixed();
        var helloOrigin = reader.Fixed();
        var workerId = reader.Text();
        var generation = reader.Number();
        var flags = reader.Byte();
        return new HelloReply(origin, workerId, PeerCard.Read(ref reader))
        {
            HelloOrigin = helloOrigin,
            Generation = generation,
            ConfirmsReceiver = (flags & 1) != 0,
        };
    }
}
