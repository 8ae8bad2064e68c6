using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Loops;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <summary>Awaited by who reads a connection: he goes on as work of the loop's.</summary>
/// <param name="connection">What he reads.</param>
/// <param name="work">The loop's; null when he goes on where he is.</param>
internal readonly struct LoopTurn(LoopConnection connection, LoopWork? work) : ICriticalNotifyCompletion
{
    public bool IsCompleted => work is null;

    public LoopTurn GetAwaiter() => this;

    public void GetResult()
    {
        // Nothing comes of it.
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        var item = new Item(connection, continuation);
        if (!work!.TryAdd(item))
            connection.RunElsewhere(item);
    }

    /// <summary>Handlers run in it: when one blocks, that is told as of what the connection reads itself.</summary>
    private sealed class Item(LoopConnection connection, Action continuation) : IHeldUp
    {
        public void Execute() => continuation();

        public void TakenOver() => ((IHeldUp)connection).TakenOver();

        public void Blocks(string? what) => ((IHeldUp)connection).Blocks(what);
    }
}
