namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// A message ready for every transport, made once and shared by all sessions it is sent to; immutable. With attachments it stays together:
/// nothing is sent between its parts, and it counts as one in every queue and every volatile decision.
/// </summary>
public sealed class EngineMessage
{
    private EngineMessage()
    {
    }

    /// <summary>A text message followed by binary ones.</summary>
    /// <param name="utf8">The text, UTF-8; copied.</param>
    /// <param name="attachments">Binary messages that follow at once.</param>
    public static EngineMessage Text(ReadOnlySpan<byte> utf8, ReadOnlySpan<ReadOnlyMemory<byte>> attachments = default) => new();

    /// <summary>A binary message; copied.</summary>
    public static EngineMessage Binary(ReadOnlySpan<byte> data) => new();
}
