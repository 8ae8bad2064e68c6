using System.Net;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>A session's place among all. Its state is guarded by <see cref="Admission"/>'s lock.</summary>
internal sealed class Place
{
    private readonly Admission _admission;

    public Place(Admission admission, Visitor visitor, IPAddress? address, long since)
    {
        _admission = admission;
        Visitor = visitor;
        Address = address;
        Since = since;
        InAll = new(this);
        OfVisitor = new(this);
    }

    public Visitor Visitor { get; }

    /// <summary>The client's address when it came.</summary>
    public IPAddress? Address { get; }

    /// <summary>When it came.</summary>
    public long Since { get; }

    /// <summary>Among all that are unsettled, oldest first.</summary>
    public LinkedListNode<Place> InAll { get; }

    /// <summary>Among those of its visitor.</summary>
    public LinkedListNode<Place> OfVisitor { get; }

    /// <summary>Whose place it is; null before there is a session.</summary>
    public EngineSocket? Session { get; set; }

    public bool HasLeft { get; set; }

    /// <summary>It was given to somebody else.</summary>
    public bool IsEvicted { get; set; }

    /// <summary>The session is there; false when it has lost its place already and must end.</summary>
    public bool Attach(EngineSocket session) => _admission.Attach(this, session);

    /// <summary>The client has joined something.</summary>
    public void Settle() => _admission.Settle(this);

    /// <summary>Gives it back. Harmless when repeated.</summary>
    public void Leave() => _admission.Leave(this);
}
