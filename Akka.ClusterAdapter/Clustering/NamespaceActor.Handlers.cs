using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering;

/// <content>
/// The application's handlers of server-side events. They are called on another thread, one after the other. What came behind them waits until they have returned, so that the
/// order is kept; when they have not within <see cref="Patience"/> they block, and nothing waits for them any more but the next of their kind.
/// </content>
internal sealed partial class NamespaceActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // Most namespaces never get a server-side event, and there may be many.
    private SerialWork? _handlers;
    private Queue<(object Message, IActorRef Sender)>? _behind;
    private long _called;
    private long _returned;
    private bool _isWaiting;
    private bool _areBlocked;

    /// <summary>Carries out now what has nothing to wait for.</summary>
    private void InOrder(object message, IActorRef sender)
    {
        if (_isWaiting)
            (_behind ??= []).Enqueue((message, sender));
        else if (message is ServerSideEvent or ServerSideRequest)
            CallHandlers((OrderedMessage)message, sender);
        else if (message is OrderedMessage ordered)
            CarryOut(ordered, sender);
        else
            Context.Stop(Self);
    }

    private void CallHandlers(OrderedMessage message, IActorRef sender)
    {
        var (number, self) = (++_called, Self);
        (_handlers ??= new(_adapter.Guard)).Add(() =>
        {
            CarryOut(message, sender);
            self.Tell(new HandlersReturned(number), ActorRefs.NoSender);
        });
        if (_areBlocked)
            return;
        _isWaiting = true;
        Timers.StartSingleTimer(HandlersBlock.Key, new HandlersBlock(number), Patience);
    }

    private void OnReturned(HandlersReturned returned)
    {
        _returned = returned.Number;
        if (_returned < _called)
            return;
        _areBlocked = false;
        GoOn();
    }

    private void OnBlock(HandlersBlock block)
    {
        if (!_isWaiting || _returned >= block.Number)
            return;
        _areBlocked = true;
        _log.Warning("A handler of a server-side event in namespace {0} has not returned within {1}: what other workers sent after it is carried out without waiting for it. Handlers should await, not block.", _adapter.Name, Patience);
        GoOn();
    }

    private void GoOn()
    {
        if (!_isWaiting)
            return;
        _isWaiting = false;
        Timers.Cancel(HandlersBlock.Key);
        while (!_isWaiting && _behind?.TryDequeue(out var next) == true)
            InOrder(next.Message, next.Sender);
    }

    private sealed record HandlersReturned(long Number) : IAdapterCommand;

    private sealed record HandlersBlock(long Number) : IAdapterCommand
    {
        public const string Key = "handlers";
    }
}
