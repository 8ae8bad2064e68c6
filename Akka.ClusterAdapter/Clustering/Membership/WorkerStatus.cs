using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>A member without sockets asks a worker how it is; sent directly, answered with <see cref="WorkerStatus"/>.</summary>
internal sealed class StatusRequest : PeerMessage
{
    public const string Kind = "S1";

    public static readonly StatusRequest Instance = new();

    private StatusRequest()
    {
    }

    public override string Manifest => Kind;

    // S1: a byte for what may come
    protected override void Write(ref PeerWriter writer) => writer.Byte(0);

    public static StatusRequest Read(ref PeerReader reader)
    {
        reader.Byte();
        return Instance;
    }
}

/// <summary>How a worker is.</summary>
internal sealed class WorkerStatus : PeerMessage
{
    public const string Kind = "s1";

    public WorkerStatus(long origin, string workerId, PeerCard card, int sessions, bool isReady)
    {
        Origin = origin;
        WorkerId = workerId;
        Card = card;
        Sessions = sessions;
        IsReady = isReady;
    }

    public string WorkerId { get; }

    public PeerCard Card { get; }

    /// <summary>Open sessions.</summary>
    public int Sessions { get; }

    /// <summary>True when it takes new sessions.</summary>
    public bool IsReady { get; }

    public override string Manifest => Kind;

    // s1: origin f64 · worker · sessions · flags · card
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Text(WorkerId);
        writer.Length(Sessions);
        writer.Byte(IsReady ? (byte)1 : (byte)0);
        Card.Write(ref writer);
    }

    public static WorkerStatus Read(ref PeerReader reader)
    {
        var origin = reader.Fixed();
        var workerId = reader.Text();
        var sessions = reader.Number();
        var flags = reader.Byte();
        return new WorkerStatus(origin, workerId, PeerCard.Read(ref reader), sessions, (flags & 1) != 0);
    }
}
