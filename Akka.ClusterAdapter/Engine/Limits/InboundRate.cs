using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>
/// How fast one session may send. A client that is faster is read more slowly: its WebSocket is not read on, or its POST not answered, until what it has sent
/// is
/// covered. Nothing is lost, and the client's own buffers fill instead of ours.
/// </summary>
internal sealed class InboundRate
{
    // A session that ends meanwhile is noticed at the end of a step.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly EngineServer _server;
    private readonly TokenBucket? _packets;
    private readonly TokenBucket? _bytes;

    private InboundRate(EngineServer server, TokenBucket? packets, TokenBucket? bytes)
    {
        _server = server;
        _packets = packets;
        _bytes = bytes;
    }

    /// <summary>Null when the options set no limit.</summary>
    public static InboundRate? Of(EngineServer server)
    {
        var (options, time) = (server.Options, server.Clock.Time);
        if (options.MaxPacketsPerSecond == 0 && options.MaxBytesPerSecond == 0)
            return null;
        return new(server,
            options.MaxPacketsPerSecond == 0 ? null : new(options.MaxPacketsPerSecond, Math.Max(options.MaxPacketsPerSecond, options.MaxPacketBurst), time),
            options.MaxBytesPerSecond == 0 ? null : new(options.MaxBytesPerSecond, Math.Max(options.MaxBytesPerSecond, options.MaxPayload), time));
    }

    /// <summary>Waits until what was received is covered, or the session has ended.</summary>
    public ValueTask ThrottleAsync(EngineSocket session, int packets, int bytes)
    {
        var byPackets = _packets?.Spend(packets) ?? TimeSpan.Zero;
        var byBytes = _bytes?.Spend(bytes) ?? TimeSpan.Zero;
        if (byPackets == TimeSpan.Zero && byBytes == TimeSpan.Zero)
            return default;

        return WaitAsync(_server, session, byPackets > byBytes ? byPackets : byBytes, byPackets >= byBytes ? "packets" : "bytes");
    }

    /// <summary>Waits so long, or until the session has ended.</summary>
    public static ValueTask WaitAsync(EngineServer server, EngineSocket session, TimeSpan rest, string reason)
    {
        // Counted when the wait has begun: who sees the count may rely on it.
        var wait = WaitAsync(server, session, rest);
        server.Metrics.Throttled(reason);
        SessionLog.Throttled(session, reason, rest);
        return wait;
    }

    private static async ValueTask WaitAsync(EngineServer server, EngineSocket session, TimeSpan rest)
    {
        for (; rest > TimeSpan.Zero && session.IsOpen; rest -= Step)
            await Task.Delay(rest < Step ? rest : Step, server.Clock.Time).ConfigureAwait(false);
    }
}
