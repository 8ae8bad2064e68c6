using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;

namespace Akka.ClusterAdapter.Clustering.Namespaces;

/// <summary>
/// The application's handlers of server-side events in one namespace. They are called on another thread, one after the other. What came behind them waits
/// here until they have returned, so that the order is kept; when they have not within <see cref="Patience"/> they block, and nothing waits for them any
/// more but the next of their kind. Used by the namespace's actor only.
/// </summary>
/// <param name="guard">The gate of the other thread.</param>
internal sealed class HandlerQueue(Guard guard)
{
    /// <summary>How long what came behind them waits.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // Most namespaces never get a server-side event, and there may be many.
    private SerialWork? _work;
    private Queue<(object Message, IActorRef Sender)>? _behind;
    private long _called;
    private long _returned;
    private bool _areBlocked;

    /// <summary>True while what comes must wait: see <see cref="Keep"/>.</summary>
    public bool IsWaiting { get; private set; }

    public void Keep(object message, IActorRef sender) => (_behind ??= []).Enqueue((message, sender));

    /// <summary>Calls handlers behind those that run.</summary>
    /// <param name="handlers">Calls them, and tells the actor <see cref="HandlersReturned"/> with the number.</param>
    /// <param name="timers">Tells the actor <see cref="HandlersBlock"/> when they take too long.</param>
    public void Call(Action<long> handlers, ITimerScheduler timers)
    {
        var number = ++_called;
        // All that comes until they have returned is kept, so that they need not be handed over to another thread.
        if (!_areBlocked)
            Standby.EndsHere();
        (_work ??= new(guard)).Add(() => handlers(number));
        // Handlers that have returned meanwhile let the actor carry out what was kept.
        Standby.GoesOn();
        if (_areBlocked)
            return;
        IsWaiting = true;
        timers.StartSingleTimer(HandlersBlock.Key, new HandlersBlock(number), Patience);
    }

    /// <summary>Handlers have returned; when they were the last ones, nothing waits any more.</summary>
    public void Return(HandlersReturned returned, ITimerScheduler timers)
    {
        _returned = returned.Number;
        if (_returned < _called)
            return;
        _areBlocked = false;
        GoOn(timers);
    }

    /// <summary>Their time is over: true when they have not returned, so that nothing waits for them any more.</summary>
    public bool Block(HandlersBlock block, ITimerScheduler timers)
    {
        if (!IsWaiting || _returned >= block.Number)
            return false;
        _areBlocked = true;
        GoOn(timers);
        return true;
    }

    /// <summary>What waited and may be carried out now.</summary>
    public bool TryNext([NotNullWhen(true)] out object? message, [NotNullWhen(true)] out IActorRef? sender)
    {
        (object Message, IActorRef Sender) next = default;
        var any = !IsWaiting && _behind?.TryDequeue(out next) == true;
        (message, sender) = next;
        return any;
    }

    private void GoOn(ITimerScheduler timers)
    {
        IsWaiting = false;
        timers.Cancel(HandlersBlock.Key);
    }
}

/// <summary>A namespace's actor is told: its handlers have returned.</summary>
internal sealed record HandlersReturned(long Number) : IAdapterCommand;

/// <summary>A namespace's actor is told: its handlers have had their time.</summary>
internal sealed record HandlersBlock(long Number) : IAdapterCommand
{
    public const string Key = "handlers";
}
