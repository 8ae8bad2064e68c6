using Akka.ClusterAdapter.Engine.WebSockets;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>
/// Keeps a client from making much of little with compressed messages: what one becomes may be a multiple of what came over the wire, and a little more. The
/// little
/// is shared by the messages of a second; a client that uses more of it is read more slowly.
/// </summary>
internal sealed class Inflation(EngineServer server, WebSocketStream input)
{
    /// <summary>What may be inflated whatever came over the wire, in bytes: at once and in each second.</summary>
    public const int FreeBytes = 64 * 1024;

    /// <summary>What the inflater itself holds while a message is incomplete.</summary>
    public const int InflaterBytes = 48 * 1024;

    private readonly TokenBucket _free = new(FreeBytes, FreeBytes, server.Clock.Time);
    private long _read;

    /// <summary>Whether the message that is being read is too much for what came over the wire.</summary>
    public bool IsTooMuch(int length) => Excess(length) > FreeBytes;

    /// <summary>The message is complete. How long to wait before the next one.</summary>
    public TimeSpan End(int length)
    {
        var owed = _free.Spend(Math.Max(0, Excess(length)));
        _read = input.BytesRead;
        return owed;
    }

    private long Excess(int length) => length - ((input.BytesRead - _read) * server.Options.MaxInflation);
}
