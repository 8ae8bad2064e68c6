using System.Diagnostics;
using System.Text;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// The span that a message comes from, behind its last field: <see cref="Mark"/>, a length, and as many bytes. Only where that span is recorded. A worker
/// that does not know it reads no further than it did (docs/decisions/0085).
/// </summary>
internal sealed class TraceTail
{
    /// <summary>Stands before it. What else may follow a message begins with another byte.</summary>
    public const byte Mark = (byte)'T';

    // W3C: a vendor's state of more than 512 characters need not be passed on.
    private const int LongestState = 512;
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;
    private const int Head = TraceIdBytes + SpanIdBytes + 1;

    private readonly byte[] _bytes;

    private TraceTail(ActivityContext context, byte[] bytes) => (Context, _bytes) = (context, bytes);

    /// <summary>The span.</summary>
    public ActivityContext Context { get; }

    /// <summary>Bytes that it adds to a message.</summary>
    public int Size => 1 + PeerWriter.SizeOfLength(_bytes.Length) + _bytes.Length;

    /// <summary>The span that is current here; null when none of this library's is, or it is not recorded.</summary>
    public static TraceTail? Current() => Traces.Current is { } span ? Of(span.Context) : null;

    /// <summary>A tail for a span.</summary>
    public static TraceTail Of(ActivityContext context)
    {
        var state = context.TraceState is { Length: > 0 and <= LongestState } text && Ascii.IsValid(text) ? Encoding.ASCII.GetBytes(text) : [];
        var bytes = new byte[Head + state.Length];
        context.TraceId.CopyTo(bytes.AsSpan(0, TraceIdBytes));
        context.SpanId.CopyTo(bytes.AsSpan(TraceIdBytes, SpanIdBytes));
        bytes[Head - 1] = (byte)context.TraceFlags;
        state.CopyTo(bytes, Head);
        return new(context, bytes);
    }

    // T · length · trace id, 16 bytes · span id, 8 bytes · flags · state, ASCII
    public void Write(ref PeerWriter writer)
    {
        writer.Byte(Mark);
        writer.Bytes(_bytes);
    }

    /// <summary>The bytes behind the mark; null when they are none. What cannot be read is left alone: it is no reason to lose the message.</summary>
    public static TraceTail? Read(ReadOnlyMemory<byte> bytes) => bytes.Length >= Head ? Of(bytes.Span) : null;

    private static TraceTail? Of(ReadOnlySpan<byte> bytes)
    {
        var traceId = bytes[..TraceIdBytes];
        var spanId = bytes[TraceIdBytes..(Head - 1)];
        if (!traceId.ContainsAnyExcept((byte)0) || !spanId.ContainsAnyExcept((byte)0))
            return null;
        var state = bytes[Head..];
        var isState = state.Length is > 0 and <= LongestState && Ascii.IsValid(state);
        var flags = (ActivityTraceFlags)bytes[Head - 1] & ActivityTraceFlags.Recorded;
        return new(
            new(
                ActivityTraceId.CreateFromBytes(traceId), ActivitySpanId.CreateFromBytes(spanId),
                flags, isState ? Encoding.ASCII.GetString(state) : null, isRemote: true),
            bytes.ToArray());
    }
}
