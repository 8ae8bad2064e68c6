using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// An Ask whose asker goes on on the loop. Akka's goes on in the thread pool, which wakes a thread for each reply. This one is told of the reply like Akka's,
/// ends with the same exceptions and the same token, and needs no clock: the request's aggregator always replies (docs/decisions/0107).
/// </summary>
internal sealed class LoopAsk<T> : MinimalActorRef, IThreadPoolWorkItem
{
    /// <summary>The time-out that Akka's must have. Longer than any request, so that it never ends one.</summary>
    private static readonly TimeSpan NoClock = TimeSpan.FromDays(2);

    private readonly TaskCompletionSource<T> _asked = new();
    private readonly IInternalActorRef _adapter;
    private readonly Guard _guard;
    private CancellationTokenRegistration _end;
    private object? _reply;

    private LoopAsk(IActorRef adapter, Guard guard) => (_adapter, _guard) = ((IInternalActorRef)adapter, guard);

    public override ActorPath Path => _adapter.Path / "asked";

    public override IActorRefProvider Provider => _adapter.Provider;

    /// <summary>Asks the adapter actor: with this where clients are on the loop, with Akka's Ask where not.</summary>
    public static Task<T> AskAsync(IActorRef adapter, Outgoing request, ClusterState state, CancellationToken ct)
    {
        if (state.Settings.Loop != LoopUse.Clients)
            return adapter.Ask<T>(request, NoClock, ct);
        var ask = new LoopAsk<T>(adapter, state.Guard);
        ask._end = state.Guard.Register(nameof(LoopAsk<>), static it => it.ask.End(new Cancelled(it.ct)), (ask, ct), ct);
        adapter.Tell(request, ask);
        return ask._asked.Task;
    }

    /// <summary>Whoever asked goes on: as work of its own, not within the mailbox of who replies.</summary>
    public void Execute()
    {
        _end.Dispose();
        switch (_reply)
        {
            case T reply:
                _asked.TrySetResult(reply);
                break;
            case Status.Failure failure:
                _asked.TrySetException(failure.Cause);
                break;
            case Cancelled cancelled:
                _asked.TrySetCanceled(cancelled.By);
                break;
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is T or Status.Failure)
            End(message);
    }

    private void End(object reply)
    {
        if (Interlocked.CompareExchange(ref _reply, reply, null) is null && !LoopWork.TryAddHandlersHere(this))
            _guard.Queue(nameof(LoopAsk<>), static me => me.Execute(), this);
    }

    private sealed record Cancelled(CancellationToken By);
}
