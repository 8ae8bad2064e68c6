using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Testing;

/// <summary>Acknowledgements that the server owes to a client. Thread-safe.</summary>
internal sealed class PendingAnswers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource<PacketArguments>> _owed = [];
    private long _next;

    /// <summary>One more; its id and what completes with it.</summary>
    public (long Id, Task<PacketArguments> Answer) Add()
    {
        var answer = new TaskCompletionSource<PacketArguments>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _owed[_next] = answer;
            return (_next++, answer.Task);
        }
    }

    public void Complete(long id, PacketArguments arguments)
    {
        TaskCompletionSource<PacketArguments>? answer;
        lock (_gate)
            _owed.Remove(id, out answer);
        answer?.TrySetResult(arguments);
    }

    public void Forget(long id)
    {
        lock (_gate)
            _owed.Remove(id);
    }

    /// <summary>None of them comes any more.</summary>
    public void End(Func<Exception> why)
    {
        TaskCompletionSource<PacketArguments>[] owed;
        lock (_gate)
        {
            owed = [.. _owed.Values];
            _owed.Clear();
        }

        foreach (var answer in owed)
            answer.TrySetException(why());
    }
}
