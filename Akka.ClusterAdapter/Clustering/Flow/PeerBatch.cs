using System.Runtime.Serialization;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Flow;

/// <summary>
/// Ordered messages of one origin that leave as one: what a message costs on its way through publish-subscribe and remoting is paid once for all of them.
/// At a receiver each is one again. Never in another batch.
/// </summary>
internal sealed class PeerBatch : PeerMessage
{
    public const string Kind = "M1";

    /// <summary>Most bytes a message takes beside its own: its manifest and its length.</summary>
    public const int Head = 8;

    public PeerBatch(long origin, IReadOnlyList<IPeerMessage> messages)
    {
        Origin = origin;
        Messages = messages;
    }

    /// <summary>Each an <see cref="OrderedMessage"/>, or an <see cref="UnknownPeerMessage"/> when it came from a newer worker.</summary>
    public IReadOnlyList<IPeerMessage> Messages { get; }

    public override string Manifest => Kind;

    // M1: origin f64 · count · (manifest · bytes)*
    protected override void Write(ref PeerWriter writer)
    {
        writer.Fixed(Origin);
        writer.Length(Messages.Count);
        foreach (var message in Messages)
        {
            writer.Text(PeerMessageSerializer.ManifestOf(message));
            writer.Bytes(PeerMessageSerializer.BytesOf(message));
        }
    }

    /// <exception cref="SerializationException">The bytes are no batch, or a message in it is none of its kind.</exception>
    public static PeerBatch Read(ref PeerReader reader)
    {
        var origin = reader.Fixed();
        var messages = new IPeerMessage[reader.Length()];
        for (var i = 0; i < messages.Length; i++)
        {
            // A copy: one message that has to wait must not keep all the others' bytes.
            messages[i] = PeerMessageSerializer.ReadPart(reader.Text(), reader.Bytes().ToArray());
        }

        return new PeerBatch(origin, messages);
    }
}
