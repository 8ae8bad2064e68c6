using System.Text;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>One message of every kind, all fields filled.</summary>
internal static class SampleMessages
{
    public static readonly PacketBody Body = new("[\"e\"]"u8.ToArray(), [new byte[] { 1, 2 }, new byte[] { 3 }]);

    private static readonly BroadcastOptions Some = new() { Rooms = ["r", "日"], Except = ["x"], IsVolatile = true, Compress = false };
    private static readonly PeerCard Card = new()
    {
        Kind = PeerKind.Worker,
        FrameSize = 256_000,
        Parser = "json",
        Tag = "abcd",
        Url = "http://h:1",
        ForwardToken = "t",
        Values = ServerSideValues.Hyperion,
        MaxPayload = 1_000_000,
        TellsPositions = false,
    };
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(300);

    private static readonly LogVector Vector = MakeVector();
    private static readonly SavedSession Session = new("s", "secret", ["s", "r"], new JsonData("{}"u8.ToArray()), "e-1")
    {
        User = "me",
        Moved = new MovedSession { LastLocal = 3, Ahead = Vector, Replay = new ReplayMarks(Vector, [("e-1", new LogPlace(7, 2))], 4) },
    };

    /// <summary>Name and message.</summary>
    public static IReadOnlyDictionary<string, PeerMessage> All { get; } = Make();

    /// <summary>The wire form, in words: manifest and fields, so that two messages can be compared.</summary>
    public static string Describe(object message) => message switch
    {
        PeerMessage known => $"{known.Manifest} {Convert.ToHexStringLower(known.Encode())}",
        UnknownPeerMessage unknown => $"? {unknown.Manifest} {Convert.ToHexStringLower(unknown.Bytes.Span)}",
        _ => message.ToString()!,
    };

    private static LogVector MakeVector()
    {
        var vector = new LogVector();
        vector.Raise(7, 300);
        return vector;
    }

    private static SocketDetails Details(string id, string handshake) =>
        new(id, "", [id, "r"], Encoding.UTF8.GetBytes(handshake), "{\"a\":1}"u8.ToArray());

    private static Dictionary<string, PeerMessage> Make()
    {
        var ordered = new Dictionary<string, OrderedMessage>
        {
            ["Broadcast"] = new Broadcast("/chat", Some, Body),
            ["BroadcastToAll"] = new Broadcast("/", BroadcastOptions.All, new PacketBody("[]"u8.ToArray())),
            ["BroadcastWithAck"] = new BroadcastWithAck("/", 5, Budget, Some, Body),
            ["Join"] = new ChangeRooms("/", true, Some, ["a", "b"]),
            ["Leave"] = new ChangeRooms("/", false, BroadcastOptions.All, ["a"]),
            ["Disconnect"] = new DisconnectSockets("/", Some, true),
            ["Fetch"] = new FetchSockets("/", 200, Budget, Some),
            ["ServerSideEvent"] = new ServerSideEvent("/", Body),
            ["Chunk"] = new PacketChunk("/", new Chunk(3, "B1", 300, 2, new byte[] { 1, 2, 3 })),
            ["EndQuestion"] = new EndQuestion("/", 300),
            ["ServerSideRequest"] = new ServerSideRequest("/", 6, Budget, Body),
            ["BroadcastWithPlace"] = new Broadcast("/", BroadcastOptions.All, new PacketBody("[]"u8.ToArray())) { Place = new LogPlace(7, 300) },
            ["LogPosition"] = new LogPosition("/", new LogPlace(7, 300), TimeSpan.FromSeconds(9)),
            ["LogBegins"] = new LogBegins("/"),
            ["ClaimSession"] = new ClaimSession("/", 6, Budget, "secret", "e-1"),
            ["KeepTrail"] = new KeepTrail("/", 6, Budget, "e", 5, Vector, true, [new(7, 3), LogPlace.None, new(7, 4), new(8, 1)]),
            ["CopySessions"] = new CopySessions(
                "/", 6, Budget, new CopiedLog(true, "e", 5, 6, Vector, TimeSpan.FromSeconds(9), 3, [new(7, 3), LogPlace.None], [(7, ["r"])]),
                [new HandedSession(Session, "e", 9, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(9))], ["x"]),
            ["FetchLog"] = new FetchLog("/", 6, Budget, 300, Vector),
            ["CopyEnds"] = new CopySessions("/", 6, Budget, null, [], []),
            ["KeepSessions"] = new KeepSessions("/", 6, Budget, [new HandedSession(Session, "e", 9, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(9))]),
        };
        foreach (var message in ordered.Values)
            message.Stamp(0x0102030405060708, 9);
        var all = ordered.ToDictionary(sample => sample.Key, PeerMessage (sample) => sample.Value);
        all["Hello"] = new Hello(7, "127.0.0.1:8110#1", Card) { LastSequence = 8, Number = 3, Generation = 2, WantsReply = true, IsLeaving = true };
        all["HelloOfWindow"] = new Hello(7, "127.0.0.1:8110#1", Card) { LastSequence = 8, Number = 3, Generation = 2, WantsCredit = true, Window = 128 * 1024 };
        all["HelloOfTeller"] = new Hello(7, "127.0.0.1:8110#1", Card with { TellsPositions = true }) { LastSequence = 8, Number = 3, Generation = 2 };
        all["HelloReply"] = new HelloReply(7, "127.0.0.1:8110#1", Card) { HelloOrigin = 8, Generation = 2, ConfirmsReceiver = true };
        all["ClusterHere"] = new ClusterHere("akka.tcp://chat@127.0.0.1:8110", -2, 3, true);
        all["StatusRequest"] = StatusRequest.Instance;
        all["WorkerStatus"] = new WorkerStatus(7, "127.0.0.1:8110#1", Card, 300, true);
        all["SocketsPart"] = new SocketsPart(
            7, 5, 1, 2, [Details("s", "{\"q\":1}"), Details("t", "{\"q\":23}"), Details("u", "{\"q\":23}"), Details("v", "{\"q\"")]);
        all["ServerSideAnswer"] = new ServerSideAnswer(7, 5, Body);
        all["ServerSideNothing"] = new ServerSideAnswer(7, 5, null);
        all["ServerSideTooLarge"] = new ServerSideAnswer(7, 5, null, isTooLarge: true);
        all["AckAsked"] = new AckAsked(7, 5, 0, 1, ["s", "t"]);
        all["AckAnswers"] = new AckAnswers(7, 5, [new ClientAnswer("s", Body), new ClientAnswer("t", null)]);
        all["AnswerChunk"] = new AnswerChunk(7, 5, new Chunk(3, "a1", 300, 2, new byte[] { 1, 2, 3 }));
        all["SessionClaimed"] = new SessionClaimed(
            7, 5, new GivenSession(Session, Vector, Vector, [new MissedPacket(Body, "e-2") { Place = new(7, 301) }], TimeSpan.FromSeconds(9)),
            ClaimOutcome.Recovered);
        all["SessionUnknown"] = new SessionClaimed(7, 5, null, ClaimOutcome.Unknown);
        all["LogFetched"] = new LogFetched(7, 5, new FetchedPage([new FetchedPacket(new(7, 301), TimeSpan.FromSeconds(9), Some, Body, "e-2")], 300, 9));
        all["SessionsKept"] = new SessionsKept(7, 5, 300);
        all["LogAsked"] = new LogAsked(7, "/", 300);
        all["LogSilent"] = new LogSilent(7, "/", 300);
        all["DirectBegins"] = new DirectBegins(7, 8, 9);
        all["DirectReached"] = new DirectReached(7, 8, 9);
        all["Batch"] = new PeerBatch(0x0102030405060708, [ordered["BroadcastToAll"], ordered["Leave"], new UnknownPeerMessage("Z9", new byte[] { 1, 2 })]);
        all["PeerCredit"] = new PeerCredit(7, 8, 9, 300);
        return all;
    }
}
