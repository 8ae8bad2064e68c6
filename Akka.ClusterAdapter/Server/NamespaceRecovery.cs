using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Connection state recovery of one namespace: who holds which secret, and the sessions of clients that are away. One that is not here may be with
/// another worker.
/// </summary>
internal sealed partial class NamespaceRecovery(Namespace ns)
{
    /// <summary>How long a client that shows a secret waits for the end of the connection that still holds it.</summary>
    private static readonly TimeSpan GiveWayTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The same for a client of another worker, which waits for the answer.</summary>
    private static readonly TimeSpan ShortGiveWayTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long a session is looked for that may be on its way from a worker that goes.</summary>
    private static readonly TimeSpan MovingTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(800);

    /// <summary>How long is waited for what others are known to have sent.</summary>
    private static readonly TimeSpan BehindTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a client waits for other workers to tell how far they are. A busy one takes its time, and the client has nothing better. It is no limit of
    /// the members: how long one that hangs keeps others from knowing all follows from the cluster's beats, and may be longer (docs/decisions/0093).
    /// </summary>
    private static readonly TimeSpan ToldTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The same for a client of another worker, which waits for the answer for 3 s.</summary>
    private static readonly TimeSpan ShortToldTimeout = TimeSpan.FromSeconds(2.5);

    /// <summary>Longer than any offset, also those of other programs that keep sessions.</summary>
    private const int LongestOffset = 64;

    /// <summary>Bytes that another worker sends for one unit of an address's budget.</summary>
    private const int BytesPerToken = 64 * 1024;

    /// <summary>How long the fate of a worker is waited for whose sessions another one has a copy of.</summary>
    private static readonly TimeSpan CopiedTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Socket> _holders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Type, bool> _dataTypes = new();
    private readonly SocketIOServer _server = ns.Server;

    /// <summary>How long the keeper of a copy has to hear that a session is no longer here.</summary>
    private static readonly TimeSpan CopyTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>What clients that lost their connection may come back to.</summary>
    public SessionStore Sessions { get; } = ns.Server.Sessions!.Create();

    /// <summary>All sessions, to be copied.</summary>
    public SessionSnapshots Snapshots => field ??= new(ns, _holders, Sessions);

    /// <summary>A secret for a new socket; it names this worker.</summary>
    public string NewSecret() => PrivateId.Create(_server.Engine.Others.Tag);

    /// <summary>The session a client shows the secret of. A connection that still holds it is as good as dead: it is closed first.</summary>
    /// <param name="handshake">What the client shows.</param>
    /// <param name="user">
    /// Who the client is; null for nobody who is known. A session of somebody else counts as over: its rooms and what it missed are not for this client.
    /// </param>
    /// <param name="hasGone">
    /// Whether the client's connection has ended, or it does not want the namespace any more. Its next one may have the session by then, on another
    /// worker: who has gone must not take it away.
    /// </param>
    public async ValueTask<ClaimedSession?> ClaimAsync(Handshake handshake, string? user, Func<bool> hasGone)
    {
        var auth = handshake.Auth;
        if (Text(auth, "pid") is not { } secret)
            return null;
        if (hasGone())
            return Refuse(ClaimOutcome.GaveWay);
        var offset = Text(auth, "offset");
        if (offset?.Length > LongestOffset)
            return Refuse(ClaimOutcome.UnknownOffset);
        await EndHolderAsync(secret, GiveWayTimeout).ConfigureAwait(false);
        var (claim, outcome) = await FindAsync(secret, offset, handshake.Address, hasGone).ConfigureAwait(false);
        if (claim is not null && claim.Session.User is { } owner && owner != user)
            (claim, outcome) = (null, ClaimOutcome.OtherUser);
        claim = Unpack(claim, ref outcome);
        return claim ?? Refuse(outcome);
    }

    /// <summary>
    /// Here, or with another worker. A worker that goes hands its sessions over, and what they missed may still be on its way: for a moment such a one is
    /// with nobody, or nobody can tell.
    /// </summary>
    private async ValueTask<(ClaimedSession? Claim, ClaimOutcome Outcome)> FindAsync(
        string secret, string? offset, string address, Func<bool> hasGone)
    {
        var (start, asked, isCopied) = (_server.Time.GetTimestamp(), 0, false);
        for (var pause = ShortestPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            if (hasGone())
            {
                if (asked > 0)
                    _server.Recoveries!.Spend(address, asked);
                return (null, ClaimOutcome.GaveWay);
            }

            var waited = _server.Time.GetElapsedTime(start);
            // Asked first: while it is looked for it may become a session of this worker.
            isCopied |= Sessions.Copies.Has(secret);
            var claim = Sessions.Claim(secret, offset, out var visited, out var outcome, isLastTry: waited > (Sessions.KnowsAll ? BehindTimeout : ToldTimeout));
            var (peers, isElsewhere) = (ns.Adapter as ISessionPeers, outcome == ClaimOutcome.Unknown && PrivateId.TryGetTag(secret, out _));
            // Who has it gives it away for good: not before this worker can tell whether something of it is missing.
            if (isElsewhere && peers is not null && !Sessions.KnowsAll)
            {
                // Nor does its client pay for that.
                if (waited > ToldTimeout)
                    return (null, ClaimOutcome.LogTooShort);
                outcome = ClaimOutcome.Behind;
            }

            if (outcome == ClaimOutcome.Unknown && peers is not null && PrivateId.TryGetTag(secret, out var tag))
            {
                var reply = await AskAsync(peers, secret, tag, offset, isCopied ? null : address, hasGone).ConfigureAwait(false);
                asked += reply.Asked;
                isCopied |= reply.IsCopied;
                outcome = reply.Outcome;
                if (outcome == ClaimOutcome.GaveWay)
                    continue; // nobody was asked
                if (reply.Given is { } given)
                    return await ReceiveAsync(given, offset, address, asked, hasGone).ConfigureAwait(false);
                var mayCome = isCopied || (outcome == ClaimOutcome.Unknown && reply.IsMoving);
                if (!mayCome || waited > (isCopied ? CopiedTimeout : MovingTimeout))
                {
                    _server.Recoveries!.Spend(address, 1 + asked);
                    return (null, isCopied ? ClaimOutcome.OwnerSilent : outcome);
                }
            }
            else if (outcome != ClaimOutcome.Behind)
            {
                // What it is sent now its keeper would take for what it was sent when it came from elsewhere.
                if (claim?.Session.Moved is not null)
                    await CopyNowAsync().ConfigureAwait(false);
                if (claim is null)
                    _server.Recoveries!.Failed(address, visited);
                return (claim, outcome);
            }

            await Task.Delay(pause, _server.Time).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Each wrong secret costs all workers something: whoever owes for that is not looked for there. A right one costs nothing, however many come at once
    /// from one address: behind a proxy that may be all clients.
    /// </summary>
    private async ValueTask<SessionReply> AskAsync(
        ISessionPeers peers, string secret, int tag, string? offset, string? address, Func<bool> hasGone)
    {
        if (address is not null && !_server.Recoveries!.MayAsk(address))
        {
            _server.Metrics.Rejected(Rejections.RecoveryBudget);
            Log.LooksInVain(_server.Logger, address);
            return new SessionReply(null, ClaimOutcome.Throttled);
        }

        if (!await _server.Recoveries!.Asking.WaitAsync(CopiedTimeout).ConfigureAwait(false))
            return new SessionReply(null, ClaimOutcome.OwnerSilent);
        try
        {
            // It may have waited for its turn.
            if (hasGone())
                return new SessionReply(null, ClaimOutcome.GaveWay);
            return await peers.ClaimAsync(secret, tag, offset).ConfigureAwait(false);
        }
        finally
        {
            _server.Recoveries.Asking.Release();
        }
    }

    private async ValueTask<(ClaimedSession? Claim, ClaimOutcome Outcome)> ReceiveAsync(
        GivenSession given, string? offset, string address, int asked, Func<bool> hasGone)
    {
        // Somebody may have come while it was on its way, and nobody else has it any more.
        var start = _server.Time.GetTimestamp();
        var isEarly = false;
        ClaimedSession? claim = null;
        while (!hasGone() && (claim = Sessions.Receive(given, offset, out isEarly)) is null && isEarly && !IsOver(start, ToldTimeout))
            await Task.Delay(ShortestPause, _server.Time).ConfigureAwait(false);
        var isKept = claim is null && (isEarly || hasGone());
        if (isKept)
            Sessions.Keep(given, offset);
        var cost = claim is null && !isKept ? 1 + asked : 0;
        _server.Recoveries!.Spend(address, cost + (given.Missed.Sum(static packet => (long)packet.Body.Data.Length) / BytesPerToken));
        return (claim, claim is not null ? ClaimOutcome.Recovered : hasGone() ? ClaimOutcome.GaveWay : ClaimOutcome.LogTooShort);
    }

    /// <summary>Gives a session to another worker that shows its secret.</summary>
    public async Task<SessionReply> GiveAsync(string privateId, string? offset)
    {
        var asked = _server.Time.GetTimestamp();
        await EndHolderAsync(privateId, ShortGiveWayTimeout).ConfigureAwait(false);
        var isCopied = Sessions.Copies.Has(privateId);
        var start = _server.Time.GetTimestamp();
        GivenSession? given;
        ClaimOutcome outcome;
        while ((given = Sessions.Give(privateId, offset, out outcome, IsLastTry())) is null && outcome == ClaimOutcome.Behind)
            await Task.Delay(ShortestPause, _server.Time).ConfigureAwait(false);
        if (given is null)
            return new(null, outcome == ClaimOutcome.Unknown && isCopied ? ClaimOutcome.Copied : outcome);
        // Otherwise it could be in two places if this worker were killed now.
        await CopyNowAsync().ConfigureAwait(false);
        if (!TryPack(given.Session, out var packed))
            return new(null, ClaimOutcome.DataUnreadable);
        _server.Metrics.Moved(SessionMoveReasons.Given, 1);
        return new(given with { Session = packed }, outcome);

        bool IsLastTry() => Sessions.KnowsAll ? IsOver(start, BehindTimeout) : IsOver(asked, ShortToldTimeout);
    }

    private bool IsOver(long since, TimeSpan patience) => _server.Time.GetElapsedTime(since) > patience;

    /// <summary>The keeper of the copy hears what has changed. One that stands still must not keep the client from its session.</summary>
    private async ValueTask CopyNowAsync()
    {
        if (ns.Adapter is ISessionPeers peers && peers.CopyNowAsync() is { IsCompleted: false } copied)
            await copied.WaitAsync(CopyTimeout, _server.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>This worker goes: hands the sessions to those that remain.</summary>
    public async Task HandOverAsync(CancellationToken ct)
    {
        if (ns.Adapter is not ISessionPeers peers || ct.IsCancellationRequested)
            return;
        await HandOverAsync(peers, ct).ConfigureAwait(false);
        await peers.EndCopyAsync().WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task HandOverAsync(ISessionPeers peers, CancellationToken ct)
    {
        var (sessions, trails) = Sessions.TakeAll();
        if (sessions.Count == 0)
            return;
        var packed = new List<HandedSession>(sessions.Count);
        foreach (var handed in sessions)
        {
            if (TryPack(handed.Session, out var session))
                packed.Add(handed with { Session = session });
        }

        if (await peers.HandOverAsync(packed, trails, ct).ConfigureAwait(false) is not { } kept)
            return; // the last worker goes
        _server.Metrics.Moved(SessionMoveReasons.HandedOver, kept);
        if (kept < sessions.Count)
            Log.NotAllHandedOver(_server.Logger, kept, sessions.Count, ns.Name);
        else
            Log.HandedOver(_server.Logger, kept, ns.Name);
    }

    /// <summary>Checks once for each type whether what the application keeps with a socket can be read back elsewhere.</summary>
    public void CheckData(object? data)
    {
        if (data is null or JsonElement or string || ns.Adapter is not ISessionPeers || !_dataTypes.TryAdd(data.GetType(), true))
            return;
        var type = _server.Options.ConnectionStateRecovery?.DataType ?? data.GetType();
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(data, data.GetType(), _server.Parser.JsonOptions);
            JsonSerializer.Deserialize(json, type, _server.Parser.JsonOptions);
        }
        catch (Exception e)
        {
            Log.DataUnreadable(_server.Logger, type, ns.Name, e.Message);
        }
    }

    /// <summary>From its claim on, a socket holds the secret: a client that loses the connection again before it has entered is not forgotten.</summary>
    public void Hold(Socket socket) => _holders[socket.PrivateId!] = socket;

    /// <summary>The secret is no longer this socket's.</summary>
    public void Release(Socket socket)
    {
        if (socket.PrivateId is { } secret)
            _holders.TryRemove(new KeyValuePair<string, Socket>(secret, socket));
    }

    private static string? Text(JsonElement auth, string name) =>
        auth.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task EndHolderAsync(string secret, TimeSpan patience)
    {
        if (_holders.TryGetValue(secret, out var halfDead))
            await halfDead.GiveWayAsync().WaitAsync(patience, _server.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ClaimedSession? Refuse(ClaimOutcome outcome)
    {
        _server.Metrics.Recovered(outcome);
        return null;
    }

    private bool TryPack(SavedSession session, out SavedSession packed)
    {
        packed = session;
        if (!SocketData.TryPack(session.Data, ns, out var data))
            return false;
        packed = session with { Data = data };
        return true;
    }

    private ClaimedSession? Unpack(ClaimedSession? claim, ref ClaimOutcome outcome)
    {
        if (claim?.Session.Data is not JsonData)
            return claim;
        try
        {
            return claim with { Session = claim.Session with { Data = SocketData.Unpack(claim.Session.Data, ns) }, IsDataFromElsewhere = true };
        }
        catch (Exception e)
        {
            _server.Dispatcher.HandlerFailed(e, "data", ns.Name);
            outcome = ClaimOutcome.DataUnreadable;
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2071, LogLevel.Warning,
            "Clients of {Address} show secrets of sessions that are not there, too often: for a while those of this address begin anew.",
            EventName = "SessionsLookedForInVain")]
        public static partial void LooksInVain(ILogger logger, string address);

        [LoggerMessage(2072, LogLevel.Information, "{Count} session(s) of {Namespace} were handed to other workers.", EventName = "SessionsHandedOver")]
        public static partial void HandedOver(ILogger logger, int count, string @namespace);

        [LoggerMessage(2073, LogLevel.Warning,
            "{Count} of {All} sessions of {Namespace} were handed to other workers. The clients of the others begin anew: no worker took them in time, "
            + "or their data are no JSON.",
            EventName = "SessionsNotHandedOver")]
        public static partial void NotAllHandedOver(ILogger logger, int count, int all, string @namespace);

        [LoggerMessage(2074, LogLevel.Warning,
            "The data of sockets in {Namespace} cannot be read back as {Type}: {Reason} Their clients begin anew when they come back to another worker. "
            + "Keep something with socket.Data that System.Text.Json can read.",
            EventName = "SocketDataUnreadable")]
        public static partial void DataUnreadable(ILogger logger, Type type, string @namespace, string reason);
    }
}
