using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Flow;
using Akka.ClusterAdapter.Clustering.Recovery;
using Akka.ClusterAdapter.Clustering.Requests;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Akka.ClusterAdapter.Clustering.Namespaces;

/// <summary>
/// Carries out what other workers ask of one namespace, in the order it came. An actor of its own per namespace, so that one big room
/// delays neither answers nor other namespaces.
/// </summary>
internal sealed partial class NamespaceActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(500);

    private readonly AkkaClusterAdapter _adapter;
    private readonly InMemoryAdapter _local;
    private readonly long _origin;
    private readonly PeerCounters _counters;
    private readonly int _maxPacket;
    private readonly HashSet<AckRelay> _relays = [];
    private readonly IActorRef _parent = Context.Parent;
    private readonly HandlerQueue _handlers;
    private readonly PeerSpan _spans;
    private readonly NamespaceLine _line;

    public NamespaceActor(AkkaClusterAdapter adapter, InMemoryAdapter local, NamespaceLine line, long origin, PeerCounters counters, int maxPacket)
    {
        _line = line;
        _adapter = adapter;
        _local = local;
        _origin = origin;
        _counters = counters;
        _maxPacket = maxPacket;
        _handlers = new HandlerQueue(adapter.Guard);
        _spans = new PeerSpan(adapter, adapter.WorkerId);
        Receive<OrderedMessage>(message => InOrder(message, Sender));
        Receive<Retire>(retire => InOrder(retire, Sender));
        Receive<HoleNoted>(hole => InOrder(hole, Sender));
        Receive<OriginSilent>(silent => InOrder(silent, Sender));
        Receive<HandlersReturned>(OnReturned);
        Receive<HandlersBlock>(OnBlock);
        Receive<AnswersWaiting>(waiting => SendAnswers(waiting.Relay));
        Receive<Sweep>(_ => SweepRelays());
        Receive<OriginEnded>(ended => ForgetRelays(relay => relay.Origin == ended.Origin));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(AkkaClusterAdapter adapter, InMemoryAdapter local, NamespaceLine line, long origin, PeerCounters counters, int maxPacket) =>
        Actor.Props.Create(() => new NamespaceActor(adapter, local, line, origin, counters, maxPacket));

    /// <summary>What a worker answers that does not have the namespace: nothing, and at once.</summary>
    public static AnswerMessage? Nothing(OrderedMessage message, long origin) => message switch
    {
        FetchSockets fetch => new SocketsPart(origin, fetch.RequestId, 0, 1, []),
        BroadcastWithAck broadcast => new AckAsked(origin, broadcast.RequestId, 0, 1, []),
        ServerSideRequest request => new ServerSideAnswer(origin, request.RequestId, null),
        ClaimSession claim => new SessionClaimed(origin, claim.RequestId, null, ClaimOutcome.Unknown),
        _ => null,
    };

    protected override void PostStop()
    {
        foreach (var relay in _relays)
        {
            relay.Pending?.Dispose();
            relay.EndSpan(_adapter.Guard);
        }
    }

    /// <summary>Carries out now what has nothing to wait for.</summary>
    private void InOrder(object message, IActorRef sender)
    {
        if (_handlers.IsWaiting)
            _handlers.Keep(message, sender);
        else if (message is ServerSideEvent or ServerSideRequest)
            CallHandlers((OrderedMessage)message, sender);
        else if (message is OrderedMessage ordered)
            CarryOut(ordered, sender);
        else if (message is HoleNoted)
            _local.NoteHole();
        else if (message is OriginSilent silent)
            _local.End(silent.Origin);
        else
            Context.Stop(Self);
    }

    private void CallHandlers(OrderedMessage message, IActorRef sender)
    {
        var self = Self;
        _handlers.Call(number =>
        {
            CarryOut(message, sender);
            // Nothing comes after this.
            Standby.EndsHere();
            self.Tell(new HandlersReturned(number), ActorRefs.NoSender);
        }, Timers);
    }

    private void OnReturned(HandlersReturned returned)
    {
        _handlers.Return(returned, Timers);
        GoOn();
    }

    private void OnBlock(HandlersBlock block)
    {
        if (!_handlers.Block(block, Timers))
            return;
        Log.HandlerBlocks(_adapter.Logger, _adapter.Name, HandlerQueue.Patience);
        GoOn();
    }

    private void GoOn()
    {
        while (_handlers.TryNext(out var message, out var sender))
            InOrder(message, sender);
    }

    // What the namespace throws is its own affair: the next message must still be carried out.
    private void CarryOut(OrderedMessage message, IActorRef sender)
    {
        Activity? span = null;
        var isAsking = false;
        try
        {
            span = _spans.Begin(message);
            // The namespace may have been emptied while this waited; what comes for its next clients has another actor.
            if (_adapter.Receives(_local))
                isAsking = Obey(message, sender, span);
            else if (Nothing(message, _origin) is { } nothing)
                sender.Tell(nothing, ActorRefs.NoSender);
        }
        catch (Exception error)
        {
            Traces.Fail(span, error);
            _line.Fail(error, message);
        }
        finally
        {
            // The acknowledgements of its clients are still to come.
            if (!isAsking)
                Traces.Stop(span, _adapter.Guard);
            PeerSpan.Leave(span);
            _line.Done();
            // Its origin may send as much again.
            if (message.Stream?.Done(message.Size) == true)
                _parent.Tell(new CreditDue(message.Origin));
        }
    }

    /// <summary>True when what it asks for is still to come, and its span goes on.</summary>
    private bool Obey(OrderedMessage message, IActorRef sender, Activity? span)
    {
        switch (message)
        {
            case Broadcast broadcast:
                _local.Carry(broadcast.Body, broadcast.Options, broadcast.Place, broadcast.Origin);
                break;
            case ChangeRooms { Join: true } change:
                Observe(_local.SocketsJoinAsync(change.Options, change.Rooms));
                break;
            case ChangeRooms change:
                Observe(_local.SocketsLeaveAsync(change.Options, change.Rooms));
                break;
            case DisconnectSockets disconnect:
                Observe(_local.DisconnectSocketsAsync(disconnect.Options, disconnect.Close));
                break;
            case FetchSockets fetch:
                Describe(fetch, sender);
                break;
            case BroadcastWithAck question:
                Ask(question, sender, span);
                return true;
            case EndQuestion end:
                ForgetRelays(relay => relay.Origin == end.Origin && relay.RequestId == end.RequestId);
                break;
            case LogPosition position:
                _local.Hear(position.Place, position.Age, position.Origin);
                break;
            case LogBegins:
                _adapter.AnnounceLog();
                break;
            case ClaimSession claim:
                Give(claim, sender);
                break;
            case ServerSideEvent emitted:
                _adapter.Host.RaiseServerSide(emitted.Body, null);
                break;
            case ServerSideRequest request:
                Raise(request, sender);
                break;
        }

        return false;
    }

    // In the order of what was sent here: what has arrived of it counts as seen.
    private void Give(ClaimSession claim, IActorRef asker)
    {
        var (origin, host) = (_origin, _adapter.Host as IRecoveringHost);
        _adapter.Guard.Observe("give-session", GiveAsync());

        async Task GiveAsync()
        {
            // Not on the actor's thread: an open connection is closed first, and what was missed is looked for.
            await Task.Yield();
            var reply = host?.Sessions is null
                ? new SessionReply(null, ClaimOutcome.Unknown)
                : await host.GiveAsync(claim.PrivateId, claim.Offset).ConfigureAwait(false);
            _adapter.Answer(asker, new SessionClaimed(origin, claim.RequestId, reply.Given, reply.Outcome));
        }
    }

    /// <summary>The local half is done when the call returns; asking for the result lets an exception out.</summary>
    private static void Observe(ValueTask done) => done.GetAwaiter().GetResult();

    private void Raise(ServerSideRequest request, IActorRef requester)
    {
        var answered = 0;
        _adapter.Host.RaiseServerSide(request.Body, body =>
        {
            // The application may call this from any thread, and twice.
            if (Interlocked.Exchange(ref answered, 1) != 0)
                return;
            var answer = new ServerSideAnswer(_origin, request.RequestId, body);
            if (answer.EncodedSize > _maxPacket)
                answer = new ServerSideAnswer(_origin, request.RequestId, null, isTooLarge: true);
            if (answer.IsTooLarge)
                _counters.Add(PeerCounter.AnswersTooLarge);
            _adapter.Answer(requester, answer);
        });
    }

    private void Describe(FetchSockets fetch, IActorRef asker)
    {
        var found = _local.Describe(fetch.Options);
        var sockets = ImmutableArray.CreateBuilder<SocketDetails>(found.Count);
        foreach (var socket in found)
        {
            if (Fit(socket) is { } fitting)
                sockets.Add(fitting);
        }

        var parts = AnswerParts.Split(sockets.DrainToImmutable(), AnswerParts.Socket);
        for (var i = 0; i < parts.Count; i++)
            _adapter.Answer(asker, new SocketsPart(_origin, fetch.RequestId, i, parts.Count, parts[i]));
    }

    /// <summary>A socket whose data is too large to cross is described without them; one that still is, not at all.</summary>
    private SocketDetails? Fit(SocketDetails socket)
    {
        if (AnswerParts.SizeOf(socket, AnswerParts.Socket) + PeerLimits.AnswerHead <= _maxPacket)
            return socket;
        _counters.Add(PeerCounter.AnswersTooLarge);
        Log.DataTooLarge(_adapter.Logger, socket.Id);
        var bare = socket with { Data = "{}"u8.ToArray() };
        return AnswerParts.SizeOf(bare, AnswerParts.Socket) + PeerLimits.AnswerHead <= _maxPacket ? bare : null;
    }

    private void Ask(BroadcastWithAck request, IActorRef asker, Activity? span)
    {
        var relay = new AckRelay(request, asker, Self) { Deadline = Context.System.Scheduler.MonotonicClock + request.Budget, Span = span };
        relay.Pending = _local.BroadcastWithAck(request.Body, request.Options, relay);
        var parts = AnswerParts.Split(ImmutableArray.Create(relay.Asked), AnswerParts.Id);
        for (var i = 0; i < parts.Count; i++)
            _adapter.Answer(asker, new AckAsked(_origin, request.RequestId, i, parts.Count, parts[i]));
        if (_relays.Add(relay) && _relays.Count == 1)
            Timers.StartPeriodicTimer(Sweep.Instance, Sweep.Instance, SweepInterval);
        SendAnswers(relay);
    }

    private void SendAnswers(AckRelay relay)
    {
        var answers = relay.Take(out var isLast);
        if (!answers.IsEmpty)
        {
            relay.Answers += answers.Count(static answer => answer.Body is not null);
            foreach (var part in AnswerParts.Split(ImmutableArray.CreateRange(answers, Fit), AnswerParts.Client))
                _adapter.Answer(relay.Requester, new AckAnswers(_origin, relay.RequestId, part));
        }

        if (isLast)
            Forget(relay);
    }

    /// <summary>An answer that is too large to cross counts as lost: nobody should wait for it.</summary>
    private ClientAnswer Fit(ClientAnswer answer)
    {
        if (AnswerParts.SizeOf(answer, AnswerParts.Client) + PeerLimits.AnswerHead <= _maxPacket)
            return answer;
        _counters.Add(PeerCounter.AnswersTooLarge);
        Log.AnswerTooLarge(_adapter.Logger, answer.SocketId, answer.Body?.Size ?? 0);
        return answer with { Body = null };
    }

    private void SweepRelays()
    {
        var now = Context.System.Scheduler.MonotonicClock;
        ForgetRelays(relay => relay.Deadline <= now);
    }

    private void ForgetRelays(Func<AckRelay, bool> isOver)
    {
        foreach (var relay in _relays.Where(isOver).ToList())
            Forget(relay);
    }

    private void Forget(AckRelay relay)
    {
        relay.Pending?.Dispose();
        relay.EndSpan(_adapter.Guard);
        if (_relays.Remove(relay) && _relays.Count == 0)
            Timers.Cancel(Sweep.Instance);
    }

    private sealed class Sweep : IAdapterCommand
    {
        public static readonly Sweep Instance = new();
    }

    // Clients bring some of these about: not by way of the actor's own log, which lets everything pass.
    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Warning,
            "A handler of a server-side event in namespace {Namespace} has not returned within {Patience}: "
            + "what other workers sent after it is carried out without "
            + "waiting for it. Handlers should await, not block.")]
        public static partial void HandlerBlocks(ILogger logger, string @namespace, TimeSpan patience);

        [LoggerMessage(5003, LogLevel.Warning, "Socket {SocketId} has more data than can cross to another worker; it is described there without them.")]
        public static partial void DataTooLarge(ILogger logger, string socketId);

        [LoggerMessage(5004, LogLevel.Warning, "The answer of socket {SocketId} is too large to cross to another worker ({Bytes} bytes).")]
        public static partial void AnswerTooLarge(ILogger logger, string socketId, int bytes);
    }
}
