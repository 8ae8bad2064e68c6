using System.Diagnostics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Wire;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The span that a message comes from, on its way between workers of different versions.</summary>
public sealed class TraceTailTests
{
    private static readonly ActivityContext Span = new(
        ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"),
        ActivitySpanId.CreateFromString("b7ad6b7169203331"), ActivityTraceFlags.Recorded, "vendor=1");

    public static TheoryData<string> Ordered =>
        [.. SampleMessages.All.Where(sample => sample.Value is OrderedMessage and not PacketChunk).Select(sample => sample.Key)];

    [Theory]
    [MemberData(nameof(Ordered))]
    public void It_stands_behind_what_an_older_worker_reads(string sample)
    {
        var old = SampleMessages.All[sample].Encode();
        var traced = Traced(old, SampleMessages.All[sample].Manifest);

        // An older worker takes the bytes that it knows, and leaves alone what comes behind the last field (PeerMessageSerializerTests).
        Assert.Equal(old, traced[..old.Length]);
        Assert.Equal(
            "54" + "21" + "0af7651916cd43dd8448eb211c80319c" + "b7ad6b7169203331" + "01" + "76656e646f723d31",
            Convert.ToHexStringLower(traced.AsSpan(old.Length)));
    }

    [Theory]
    [MemberData(nameof(Ordered))]
    public void It_comes_back_as_it_was_and_an_older_workers_message_has_none(string sample)
    {
        var message = SampleMessages.All[sample];

        var back = Read(Traced(message.Encode(), message.Manifest), message.Manifest);

        var trace = Assert.IsType<TraceTail>(back.Trace);
        Assert.Equal(
            (Span.TraceId, Span.SpanId, Span.TraceFlags, Span.TraceState, true),
            (trace.Context.TraceId, trace.Context.SpanId, trace.Context.TraceFlags, trace.Context.TraceState, trace.Context.IsRemote));
        Assert.Null(Read(message.Encode(), message.Manifest).Trace);
    }

    [Fact]
    public void Its_bytes_are_known_before_it_is_encoded_and_count_for_the_message()
    {
        var message = (OrderedMessage)PeerMessageSerializer.Read(SampleMessages.All["Broadcast"].Encode(), Broadcast.Kind);
        var before = message.EncodedSize;

        message.Trace = TraceTail.Of(Span);

        Assert.Equal(before + message.Trace.Size, message.EncodedSize);
        Assert.Equal(message.EncodedSize, message.Encode().Length);
        Assert.Equal(message.EncodedSize, Read(message.Encode(), Broadcast.Kind).Size);
    }

    [Fact]
    public void What_else_a_newer_worker_puts_behind_a_message_is_passed_over()
    {
        var old = SampleMessages.All["Broadcast"].Encode();
        var tail = Traced(old, Broadcast.Kind)[old.Length..];

        Assert.NotNull(Read([.. old, 0x41, 3, 1, 2, 3, .. tail, 0x42, 0], Broadcast.Kind).Trace);
        Assert.Null(Read([.. old, 0x41, 3, 1, 2, 3], Broadcast.Kind).Trace);
    }

    [Fact]
    public void It_stands_beside_a_broadcasts_place()
    {
        var message = new Broadcast("/", BroadcastOptions.All, SampleMessages.Body) { Place = new LogPlace(7, 300), Trace = TraceTail.Of(Span) };

        var back = Assert.IsType<Broadcast>(Read(message.Encode(), Broadcast.Kind));

        Assert.Equal((new LogPlace(7, 300), Span.SpanId), (back.Place, back.Trace!.Context.SpanId));
    }

    [Theory]
    [InlineData("54")]
    [InlineData("5421")]
    [InlineData("54ffffffffff7f")]
    [InlineData("5400")]
    [InlineData("5418" + "0af7651916cd43dd8448eb211c80319c" + "b7ad6b7169203331")]
    [InlineData("5419" + "00000000000000000000000000000000" + "b7ad6b7169203331" + "01")]
    [InlineData("5419" + "0af7651916cd43dd8448eb211c80319c" + "0000000000000000" + "01")]
    public void One_that_cannot_be_read_costs_nobody_the_message(string tail)
    {
        var old = SampleMessages.All["Broadcast"];

        var back = Read([.. old.Encode(), .. Convert.FromHexString(tail)], Broadcast.Kind);

        Assert.Null(back.Trace);
        Assert.Equal(SampleMessages.Describe(old), SampleMessages.Describe(back));
    }

    [Fact]
    public void A_vendors_state_that_is_too_long_or_no_ASCII_is_left_out()
    {
        Assert.Equal(27, TraceTail.Of(new(Span.TraceId, Span.SpanId, Span.TraceFlags, new string('x', 513))).Size);
        Assert.Equal(27, TraceTail.Of(new(Span.TraceId, Span.SpanId, Span.TraceFlags, "日=1")).Size);
        Assert.Equal(27 + 512 + 1, TraceTail.Of(new(Span.TraceId, Span.SpanId, Span.TraceFlags, new string('x', 512))).Size);
    }

    private static byte[] Traced(byte[] bytes, string manifest)
    {
        var message = Read(bytes, manifest);
        message.Trace = TraceTail.Of(Span);
        return message.Encode();
    }

    private static OrderedMessage Read(byte[] bytes, string manifest) => Assert.IsAssignableFrom<OrderedMessage>(PeerMessageSerializer.Read(bytes, manifest));
}
