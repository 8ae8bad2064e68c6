using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.Serialization;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// The wire form of everything between workers. Manifests are kind + version; a kind this worker does not know becomes an
/// <see cref="UnknownPeerMessage"/>, so that versions can mix during a rolling update. Fields are only ever added at the end.
/// </summary>
internal sealed class PeerMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Fixed for ever; the same number stands in reference.conf.</summary>
    public const int FixedIdentifier = 4_711;

    public override int Identifier => FixedIdentifier;

    public override string Manifest(object o) => ManifestOf(o);

    /// <summary>The message's own array: the same one for every destination.</summary>
    public override byte[] ToBinary(object obj) => obj switch
    {
        PeerMessage message => message.Encode(),
        DirectMessage direct => direct.Message.Encode(),
        UnknownPeerMessage unknown => unknown.Bytes.ToArray(),
        _ => throw Foreign(obj),
    };

    /// <exception cref="SerializationException">The bytes are no message of that kind.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    /// <summary>Kind and version of a message between workers.</summary>
    public static string ManifestOf(object message) => message switch
    {
        PeerMessage known => known.Manifest,
        DirectMessage direct => DirectMessage.Mark + direct.Message.Manifest,
        UnknownPeerMessage unknown => unknown.Manifest,
        _ => throw Foreign(message),
    };

    /// <summary>The wire form of a message that is part of another one.</summary>
    public static ReadOnlyMemory<byte> BytesOf(IPeerMessage message) => message switch
    {
        PeerMessage known => known.Encode(),
        UnknownPeerMessage unknown => unknown.Bytes,
        _ => throw Foreign(message),
    };

    /// <summary>Reads a message that was part of another one: an ordered one, or else unknown.</summary>
    /// <exception cref="SerializationException">The bytes are no message of that kind.</exception>
    public static IPeerMessage ReadPart(string manifest, ReadOnlyMemory<byte> bytes) =>
        manifest is not (PeerBatch.Kind or [DirectMessage.Mark, ..]) && Read(bytes, manifest) is OrderedMessage message
            ? message
            : new UnknownPeerMessage(manifest, bytes);

    /// <summary>Also reads what came in chunks.</summary>
    /// <exception cref="SerializationException">The bytes are no message of that kind.</exception>
    public static IPeerMessage Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        var reader = new PeerReader(bytes);
        return manifest switch
        {
            Broadcast.Kind or ChangeRooms.JoinKind or ChangeRooms.LeaveKind or DisconnectSockets.Kind or ServerSideEvent.Kind or PacketChunk.Kind
                or EndQuestion.Kind or LogPosition.Kind or LogBegins.Kind => ReadOrdered(ref reader, manifest),
            BroadcastWithAck.Kind or FetchSockets.Kind or ServerSideRequest.Kind or ClaimSession.Kind or KeepTrail.Kind or KeepSessions.Kind
                or CopySessions.Kind or FetchLog.Kind => ReadRequest(ref reader, manifest),
            SocketsPart.Kind or ServerSideAnswer.Kind or AckAsked.Kind or AckAnswers.Kind or AnswerChunk.Kind or SessionClaimed.Kind or SessionsKept.Kind
                or LogFetched.Kind => ReadAnswer(ref reader, manifest),
            Hello.Kind => Hello.Read(ref reader),
            HelloReply.Kind => HelloReply.Read(ref reader),
            ClusterHere.Kind => ClusterHere.Read(ref reader),
            StatusRequest.Kind => StatusRequest.Read(ref reader),
            WorkerStatus.Kind => WorkerStatus.Read(ref reader),
            DirectBegins.Kind => DirectBegins.Read(ref reader),
            DirectReached.Kind => DirectReached.Read(ref reader),
            PeerCredit.Kind => PeerCredit.Read(ref reader),
            PeerBatch.Kind => PeerBatch.Read(ref reader),
            LogAsked.Kind => LogAsked.Read(ref reader),
            LogSilent.Kind => LogSilent.Read(ref reader),
            [DirectMessage.Mark, .. var kind] => ReadDirect(bytes, kind, manifest),
            _ => new UnknownPeerMessage(manifest, bytes),
        };
    }

    private static IPeerMessage ReadDirect(ReadOnlyMemory<byte> bytes, string kind, string manifest) =>
        ReadPart(kind, bytes) is OrderedMessage message ? new DirectMessage(message) : new UnknownPeerMessage(manifest, bytes);

    private static OrderedMessage ReadOrdered(ref PeerReader reader, string manifest)
    {
        var size = reader.Remaining;
        var origin = reader.Fixed();
        var sequence = reader.Fixed();
        var name = reader.Text();
        OrderedMessage message = manifest switch
        {
            Broadcast.Kind => new Broadcast(name, reader.Selection(), reader.Body()),
            ChangeRooms.JoinKind => new ChangeRooms(name, true, reader.Selection(), reader.Texts()),
            ChangeRooms.LeaveKind => new ChangeRooms(name, false, reader.Selection(), reader.Texts()),
            DisconnectSockets.Kind => new DisconnectSockets(name, reader.Selection(), reader.Byte() != 0),
            PacketChunk.Kind => new PacketChunk(name, Chunk.Read(ref reader)),
            EndQuestion.Kind => new EndQuestion(name, (long)reader.Varint()),
            LogPosition.Kind => LogPosition.Read(ref reader, name),
            LogBegins.Kind => new LogBegins(name),
            _ => new ServerSideEvent(name, reader.Body()),
        };
        message.Stamp(origin, sequence);
        message.Size = size;
        var tails = PeerTails.Read(ref reader);
        message.Trace = tails.Trace;
        if (message is Broadcast broadcast)
            broadcast.Place = tails.Place;
        return message;
    }

    private static RequestMessage ReadRequest(ref PeerReader reader, string manifest)
    {
        var size = reader.Remaining;
        var origin = reader.Fixed();
        var sequence = reader.Fixed();
        var name = reader.Text();
        var requestId = (long)reader.Varint();
        var budget = TimeSpan.FromMilliseconds(reader.Number());
        RequestMessage message = manifest switch
        {
            BroadcastWithAck.Kind => new BroadcastWithAck(name, requestId, budget, reader.Selection(), reader.Body()),
            FetchSockets.Kind => new FetchSockets(name, requestId, budget, reader.Selection()),
            ClaimSession.Kind => ClaimSession.Read(ref reader, name, requestId, budget),
            KeepTrail.Kind => KeepTrail.Read(ref reader, name, requestId, budget),
            KeepSessions.Kind => KeepSessions.Read(ref reader, name, requestId, budget),
            CopySessions.Kind => CopySessions.Read(ref reader, name, requestId, budget),
            FetchLog.Kind => FetchLog.Read(ref reader, name, requestId, budget),
            _ => new ServerSideRequest(name, requestId, budget, reader.Body()),
        };
        message.Stamp(origin, sequence);
        message.Size = size;
        message.Trace = PeerTails.Read(ref reader).Trace;
        return message;
    }

    private static AnswerMessage ReadAnswer(ref PeerReader reader, string manifest)
    {
        var origin = reader.Fixed();
        var requestId = (long)reader.Varint();
        return manifest switch
        {
            SocketsPart.Kind => new SocketsPart(origin, requestId, reader.Number(), reader.Number(), SocketsPart.ReadSockets(ref reader)),
            ServerSideAnswer.Kind => ReadServerSide(ref reader, origin, requestId),
            AnswerChunk.Kind => new AnswerChunk(origin, requestId, Chunk.Read(ref reader)),
            SessionClaimed.Kind => SessionClaimed.Read(ref reader, origin, requestId),
            LogFetched.Kind => LogFetched.Read(ref reader, origin, requestId),
            SessionsKept.Kind => new SessionsKept(origin, requestId, reader.Number()),
            AckAsked.Kind => new AckAsked(origin, requestId, reader.Number(), reader.Number(), reader.Texts()),
            _ => new AckAnswers(origin, requestId, ReadClients(ref reader)),
        };
    }

    private static ServerSideAnswer ReadServerSide(ref PeerReader reader, long origin, long requestId)
    {
        var form = reader.Byte();
        return new ServerSideAnswer(origin, requestId, form == 1 ? reader.Body() : null, isTooLarge: form == 2);
    }

    private static ImmutableArray<ClientAnswer> ReadClients(ref PeerReader reader)
    {
        var answers = new ClientAnswer[reader.Length()];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = new ClientAnswer(reader.Text(), reader.Byte() == 0 ? null : reader.Body());
        return ImmutableCollectionsMarshal.AsImmutableArray(answers);
    }

    private static SerializationException Foreign(object value) =>
        new($"{value.GetType()} is no message between workers; only PeerMessage types go through this serializer.");
}
