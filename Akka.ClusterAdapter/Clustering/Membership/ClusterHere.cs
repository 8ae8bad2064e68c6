using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>Told to seed nodes: here is a cluster. Answered in kind by whoever is in another one.</summary>
internal sealed class ClusterHere(string address, int life, int members, bool wantsAnswer) : PeerMessage, IDeadLetterSuppression
{
    public const string Kind = "I1";

    /// <summary>Where the teller's cluster can be joined.</summary>
    public string Address { get; } = address;

    /// <summary>The random number of the teller's process, <c>UniqueAddress.Uid</c>.</summary>
    public int Life { get; } = life;

    /// <summary>How many members it has.</summary>
    public int Members { get; } = members;

    public bool WantsAnswer { get; } = wantsAnswer;

    public override string Manifest => Kind;

    // I1: address · life f64 · members · 1 when an answer is wanted
    protected override void Write(ref PeerWriter writer)
    {
        writer.Text(Address);
        writer.Fixed(Life);
        writer.Length(Members);
        writer.Byte(WantsAnswer ? (byte)1 : (byte)0);
    }

    public static ClusterHere Read(ref PeerReader reader) => new(reader.Text(), (int)reader.Fixed(), reader.Number(), reader.Byte() != 0);
}
