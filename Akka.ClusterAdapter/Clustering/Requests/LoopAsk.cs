using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// An Ask whose asker goes on on the loop, when he may, otherwise on the thread that stands by for it. Akka's goes on in the thread pool, which wakes two or
/// three threads for each reply. This one is told of the reply like Akka's, ends with the same exceptions and the same token, and needs no clock: the request's
/// aggregator always replies (docs/decisions/0107, 0109).
/// </summary>
internal sealed class LoopAsk<T> : MinimalActorRef, IThreadPoolWorkItem
{
    /// <summary>The time-out that Akka's must have. Longer than any request, so that it never ends one.</summary>
    private static readonly TimeSpan NoClock = TimeSpan.FromDays(2);

    private static long s_last;

    private readonly TaskCompletionSource<T> _asked = new();
    private readonly IInternalActorRef _adapter;
    private readonly Guard _guard;
    private readonly ClusterLoop? _loop;

    // Who replies is on the loop in any case.
    private readonly bool _isFromHere = LoopWork.ServesClientsHere;
    private readonly long _number = Interlocked.Increment(ref s_last);
    private CancellationTokenRegistration _end;
    private object? _reply;

    private LoopAsk(IActorRef adapter, Guard guard, ClusterLoop? loop) => (_adapter, _guard, _loop) = ((IInternalActorRef)adapter, guard, loop);

    public override ActorPath Path => _adapter.Path / $"asked-{_number}";

    public override IActorRefProvider Provider => _adapter.Provider;

    /// <summary>
    /// Asks the adapter actor: with this by somebody who is on the loop and may go on there, or where a thread stands by for what goes on; with Akka's Ask by
    /// all others.
    /// </summary>
    public static Task<T> AskAsync(IActorRef adapter, Outgoing request, Guard guard, ClusterLoop? loop, CancellationToken ct)
    {
        var isAside = loop is { StandsBy: true };
        if (!isAside && !LoopWork.ServesClientsHere)
            return adapter.Ask<T>(request, NoClock, ct);
        var ask = new LoopAsk<T>(adapter, guard, isAside ? loop : null);
        ask._end = guard.Register(nameof(LoopAsk<>), static it => it.ask.End(new Cancelled(it.ct)), (ask, ct), ct);
        if (isAside && request.Size <= ClusterLoop.MostInTurn)
            loop!.Tell(adapter, request, ask);
        else
            adapter.Tell(request, ask);
        return ask._asked.Task;
    }

    /// <summary>Whoever asked goes on: as work of its own, not within the mailbox of who replies.</summary>
    public void Execute()
    {
        // One that was cancelled may not be registered yet.
        if (_reply is Cancelled cancelled)
        {
            _asked.TrySetCanceled(cancelled.By);
            return;
        }

        _end.Dispose();
        if (_reply is T reply)
            _asked.TrySetResult(reply);
        else
            _asked.TrySetException((_reply as Status.Failure)?.Cause ?? new InvalidOperationException($"{_reply?.GetType()} is no reply to this request."));
    }

    protected override void TellInternal(object message, IActorRef sender) => End(message);

    private void End(object reply)
    {
        if (Interlocked.CompareExchange(ref _reply, reply, null) is not null)
            return;
        if (!(_isFromHere && LoopWork.TryAddHandlersHere(this)) && _loop?.TryRunAside(this) != true)
            _guard.Queue(nameof(LoopAsk<>), static me => me.Execute(), this);
    }

    private sealed record Cancelled(CancellationToken By);
}
