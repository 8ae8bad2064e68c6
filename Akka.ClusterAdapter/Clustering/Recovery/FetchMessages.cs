using System.Collections.Immutable;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>This worker has joined: give me what was sent before.</summary>
/// <param name="namespace">The namespace.</param>
/// <param name="requestId">Number of the request.</param>
/// <param name="budget">How long it is waited for.</param>
/// <param name="next">Position in the other log behind what is asked for; 0 for its end.</param>
/// <param name="lacks">How far what is missing here goes back.</param>
internal sealed class FetchLog(string @namespace, long requestId, TimeSpan budget, long next, LogVector lacks) : SessionRequest(@namespace, requestId, budget)
{
    public const string Kind = "T1";

    public long Next { get; } = next;

    public LogVector Lacks { get; } = lacks;

    public override string Manifest => Kind;

    public static FetchLog Read(ref PeerReader reader, string @namespace, long requestId, TimeSpan budget) =>
        new(@namespace, requestId, budget, (long)reader.Varint(), SessionWire.Vector(ref reader));

    // T1: origin · 0 · namespace · request · budget ms · next · what is missing
    protected override void WriteQuestion(ref PeerWriter writer)
    {
        writer.Varint((ulong)Next);
        SessionWire.Vector(ref writer, Lacks);
    }
}

/// <summary>The answer: a part of the log, newest first.</summary>
internal sealed class LogFetched(long origin, long requestId, FetchedPage page) : AnswerMessage(origin, requestId)
{
    public const string Kind = "t1";

    public FetchedPage Page { get; } = page;

    public override string Manifest => Kind;

    public static LogFetched Read(ref PeerReader reader, long origin, long requestId)
    {
        var (next, held) = ((long)reader.Varint(), reader.Number());
        var packets = ImmutableArray.CreateBuilder<FetchedPacket>();
        for (var left = reader.Length(); left > 0; left--)
        {
            var place = new LogPlace(reader.Fixed(), (long)reader.Varint());
            packets.Add(new FetchedPacket(place, SessionWire.Time(ref reader), reader.Selection(), reader.Body(), reader.Text()));
        }

        return new(origin, requestId, new FetchedPage(packets.DrainToImmutable(), next, held));
    }

    // t1: origin f64 · request · next · packets held · count × (life f64 · number · age ms · whom it was for · body · offset)
    protected override void WriteAnswer(ref PeerWriter writer)
    {
        writer.Varint((ulong)Page.Next);
        writer.Varint((ulong)Page.Held);
        writer.Length(Page.Packets.Count);
        foreach (var packet in Page.Packets)
        {
            writer.Fixed(packet.Place.Life);
            writer.Varint((ulong)packet.Place.Number);
            SessionWire.Time(ref writer, packet.Age);
            writer.Selection(packet.Target);
            writer.Body(packet.Body);
            writer.Text(packet.Offset);
        }
    }
}
