using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Remoting;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>Gets the reply to a request besides the Ask.</summary>
internal interface IPrompt
{
    /// <summary>Harmless when repeated.</summary>
    void Reply(object reply);
}

/// <summary>
/// The reply to a request, for whoever goes on on the loop. An Ask ends in the thread pool, which wakes a thread for each answer; but failures, cancellation
/// and the end of the actor system stay the Ask's to tell (docs/decisions/0107).
/// </summary>
/// <param name="guard">The gate of whoever goes on.</param>
internal sealed class Prompt<T>(Guard guard) : IPrompt, IThreadPoolWorkItem
{
    /// <summary>The time-out that an Ask must have. Longer than any request, so that it never ends one.</summary>
    private static readonly TimeSpan NoClock = TimeSpan.FromDays(2);

    private readonly TaskCompletionSource<T> _reply = new();
    private object? _is;

    /// <summary>Asks the adapter actor; where clients are on the loop whoever asks goes on there. The request's aggregator has the only clock.</summary>
    public static Task<T> AskAsync(IActorRef adapter, Outgoing request, ClusterState state, CancellationToken ct)
    {
        if (state.Settings.Loop != LoopUse.Clients)
            return adapter.Ask<T>(request, NoClock, ct);
        var prompt = new Prompt<T>(state.Guard);
        return prompt.Or(adapter.Ask<T>(request with { Prompt = prompt }, NoClock, ct));
    }

    public void Reply(object reply)
    {
        if (reply is not T || Interlocked.CompareExchange(ref _is, reply, null) is not null)
            return;
        // Not within the aggregator's mailbox: whoever asked goes on as work of its own.
        if (!LoopWork.TryAddHandlersHere(this))
            guard.Queue(nameof(Prompt<>), static me => me.Execute(), this);
    }

    public void Execute() => _reply.TrySetResult((T)_is!);

    /// <summary>The reply, or how the Ask has failed.</summary>
    public Task<T> Or(Task<T> asked)
    {
        // Not observed: when the Ask succeeds this is cancelled, which costs nothing as long as nobody looks.
        _ = asked.ContinueWith(
            static (asked, me) => ((Prompt<T>)me!).Fail(asked),
            this,
            CancellationToken.None,
            TaskContinuationOptions.NotOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return _reply.Task;
    }

    private void Fail(Task<T> asked)
    {
        if (asked.Exception is { } exception)
            _reply.TrySetException(exception.InnerExceptions);
        else
            _reply.TrySetCanceled();
    }
}
