using System.Collections.Concurrent;
using System.Net;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine.Relaying;

/// <summary>
/// All that an engine knows of other workers: which sessions are theirs, the way to them, and the requests that they are answering through this one.
/// </summary>
internal sealed partial class OtherWorkers(EngineServer server)
{
    // The next poll of a client that has its answer comes within this time, over a connection that it has kept alive.
    private static readonly TimeSpan BetweenPolls = TimeSpan.FromMilliseconds(500);

    // What is answered at the end has a second for it.
    private const int MostLooks = 50;
    private const int LooksPerRelease = 10;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<Relay, byte> _relays = new();
    private int _tag = SessionId.RandomTag();
    private long _lastPoll;
    private volatile bool _isCut;

    /// <summary>This worker's tag in its session ids.</summary>
    public int Tag { get => Volatile.Read(ref _tag); set => Volatile.Write(ref _tag, value); }

    /// <summary>The way to them; null where every session is this worker's.</summary>
    public ISessionRouter? Router { get; set; }

    /// <summary>
    /// Whether this worker ends, and not only this engine while others of the worker go on. An engine of its own is all there is of its worker.
    /// </summary>
    public Func<bool> IsWorkerEnding { get; set; } = static () => true;

    /// <summary>
    /// Whether nothing may wait for another worker here any more. An engine that is closed alone stays the way to the others for as long as its worker lives.
    /// </summary>
    public bool IsOver => server.IsDisposed && IsWorkerEnding();

    /// <summary>
    /// Whether a client waits for one of them here, or comes back with its next poll: a connection that ends just then may cost a Node.js client its session.
    /// A WebSocket ends when it is cut, so it is waited for only where its owner ends it.
    /// </summary>
    public bool IsAnswering => _relays.Keys.Any(static relay => !relay.IsWebSocket || relay.IsEnding)
        || (Volatile.Read(ref _lastPoll) is > 0 and var last && server.Clock.Now - last < server.Clock.Ticks(BetweenPolls));

    /// <summary>
    /// Draws another tag, for another worker has this one. Sessions with the old tag are served on; requests for them that reach another worker are refused.
    /// </summary>
    public int DrawTag()
    {
        var old = Tag;
        int drawn;
        do
            drawn = SessionId.RandomTag();
        while (drawn == old);
        Tag = drawn;
        return drawn;
    }

    /// <summary>The tag of the worker that owns a session which is unknown here; null when it is nobody's, or a worker has sent the request already.</summary>
    public int? OwnerOf(HttpContext context, string sid) =>
        Router is { } router && context.Features.Get<ForwardedFeature>() is null && SessionId.TryGetTag(sid, out var tag) && tag != Tag && router.Knows(tag)
            ? tag
            : null;

    /// <summary>Lets the owner of its session answer a request; the error for its client when there is no answer.</summary>
    public async ValueTask<EngineError?> AnswerAsync(HttpContext context, EngineCall call, int owner)
    {
        if (IsOver && (call.IsUpgrade || HttpMethods.IsGet(call.Method)))
            return await PutOffAsync(context, call).ConfigureAwait(false);

        server.Metrics.Forwarded("sent");
        using (var relay = Begin(context, call))
        {
            var isAnswered = await relay.RunAsync(Router!.TryForwardAsync(context, owner)).ConfigureAwait(false);
            if (relay.IsPoll)
                Volatile.Write(ref _lastPoll, server.Clock.Now);
            if (isAnswered)
                return null;
        }

        server.Metrics.Forwarded("failed");
        Log.ForwardFailed(server.Logger, call.Method, call.Transport, context.Connection.RemoteIpAddress, SessionId.Short(call.Sid));
        return EngineError.UnknownSid(call.Sid);
    }

    /// <summary>Lets another worker open a new session; false when that is not possible, and the caller is to answer.</summary>
    public async ValueTask<bool> TryMoveAsync(HttpContext context, EngineCall call)
    {
        // A WebSocket would live, and keep this worker from ending after its own clients are gone.
        if (Router is not { } router || (IsOver && call.IsUpgrade) || context.Features.Get<ForwardedFeature>() is not null)
            return false;

        using var relay = Begin(context, call);
        if (!await relay.RunAsync(router.TryForwardNewAsync(context)).ConfigureAwait(false))
            return false;
        server.Metrics.Forwarded("moved");
        return true;
    }

    /// <summary>What ends the WebSockets of other workers that go through this one, one by one.</summary>
    public IReadOnlyList<Action> WebSocketCuts() => CutsOf(_relays.Keys.Where(static relay => relay.IsWebSocket));

    /// <summary>Ends those that have begun since, of sessions that were there: an upgrade may have been on its way to here.</summary>
    public void CutLateUpgrades()
    {
        foreach (var cut in CutsOf(_relays.Keys.Where(static relay => relay is { IsWebSocket: true, IsLeaving: false, Sid.Length: > 0 })))
            cut();
    }

    /// <summary>Has the polls answered that wait at other workers.</summary>
    public Task ReleasePollsAsync() => Task.WhenAll(_relays.Keys.Where(static relay => relay.IsPoll).Select(relay =>
    {
        server.Guard.Run(nameof(Relay.LetConnectionGo), static relay => relay.LetConnectionGo(), relay);
        return Router!.ReleaseAsync(relay.Sid);
    }));

    /// <summary>Whether clients may wait here that were to be let go: this engine was closed alone, and its worker ends only now.</summary>
    public bool IsLate => IsOver && !_isCut;

    /// <summary>
    /// Ends every request that another worker is answering. Polls end with an answer. A poll that is cut off while its answer is on its way loses that answer.
    /// A proxy that sends the poll once more gets the next answer, and nobody notices the loss.
    /// </summary>
    public async Task EndAllAsync()
    {
        _isCut = true;
        CutWhere(static relay => relay.IsWebSocket);
        for (var look = 0; look < MostLooks && _relays.Keys.Any(static relay => !relay.IsWebSocket); look++)
        {
            // A release may come before its poll.
            if (look % LooksPerRelease == 0)
                server.Guard.Observe(nameof(ReleasePollsAsync), ReleasePollsAsync());
            await Task.Delay(Look, TimeProvider.System).ConfigureAwait(false);
        }

        CutWhere(static _ => true);
    }

    private void CutWhere(Func<Relay, bool> isMeant)
    {
        foreach (var (relay, _) in _relays)
        {
            if (isMeant(relay))
                relay.Cut();
        }
    }

    private List<Action> CutsOf(IEnumerable<Relay> relays)
    {
        var all = relays.ToList();
        if (all.Count == 0)
            return [];
        var connections = KeptConnection.OfRelayed(all.Select(static relay => relay.Sid).Where(static sid => sid.Length > 0).ToHashSet(StringComparer.Ordinal));
        return all.ConvertAll(relay => new Action(() => server.Guard.Observe(nameof(LetGoAsync), LetGoAsync(relay, [.. connections[relay.Sid]]))));
    }

    /// <summary>
    /// Ends a WebSocket, and with it the connections that its client has no use for any more. In the middle of an upgrade its client may poll still, and must
    /// hear of the end by that: the owner ends the session then (docs/decisions/0064).
    /// </summary>
    private async Task LetGoAsync(Relay relay, KeptConnection[] connections)
    {
        if (!relay.TryLeave())
            return;
        if (relay.Sid.Length > 0)
        {
            relay.IsEnding = true;
            relay.IsEnding = await Router!.LetUpgradeGoAsync(relay.Sid).ConfigureAwait(false);
        }

        if (relay.IsEnding)
            await relay.Ended.ConfigureAwait(false);
        foreach (var connection in connections)
            server.Guard.Run(nameof(KeptConnection.LetGo), static connection => connection.LetGo(), connection);
        relay.Cut();
    }

    private Relay Begin(HttpContext context, EngineCall call)
    {
        if (!call.IsUpgrade)
            KeptConnection.Of(context)?.Relayed(call.Sid);
        var relay = new Relay(context, call, _relays);
        _relays.TryAdd(relay, 0);

        // Who cuts them all may have done so just before.
        if (relay.IsWebSocket && IsOver)
            relay.Cut();
        return relay;
    }

    /// <summary>
    /// What would wait for another worker would keep this one from ending: a poll is answered with nothing, and the client goes on without an upgrade.
    /// </summary>
    private static async Task<EngineError?> PutOffAsync(HttpContext context, EngineCall call)
    {
        if (call.IsUpgrade)
            return EngineError.BadRequest("SHUTTING_DOWN");
        await PollingResponse.WriteAsync(context, [new(EnginePacket.Noop, Compress: false)], compressFrom: null).ConfigureAwait(false);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1041, LogLevel.Debug, "A {Method} request ({Transport}) from {Address} for session {Session} could not be brought to the worker "
            + "that owns it.")]
        public static partial void ForwardFailed(ILogger logger, string method, string transport, IPAddress? address, string session);
    }
}
