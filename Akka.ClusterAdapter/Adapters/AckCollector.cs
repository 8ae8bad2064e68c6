using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Gathers the acknowledgements of one broadcast from the clients of this worker.</summary>
/// <param name="workerId">This worker.</param>
/// <param name="answered">Told of each client as soon as it is known what became of it; nothing is kept then. Null keeps it all for the reply.</param>
internal sealed class AckCollector(string workerId, Action<SocketAnswer>? answered = null) : IAckSink
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
    private readonly List<SocketAnswer> _answers = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Expect(ReadOnlySpan<string> socketIds)
    {
        lock (_gate)
        {
            foreach (var id in socketIds)
                _expected.Add(id);
            if (_expected.Count == 0)
                _complete.TrySetResult();
        }
    }

    public void Answered(string socketId, PacketBody answer) => End(socketId, SocketAnswerState.Answered, answer);

    public void Lost(string socketId) => End(socketId, SocketAnswerState.Lost, null);

    /// <summary>Waits until every client answered or left, or the time is over.</summary>
    public async Task<ClusterReply<SocketAnswer>> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken ct)
    {
        var timedOut = false;
        try
        {
            await _complete.Task.WaitAsync(timeout, time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            timedOut = true;
        }

        lock (_gate)
        {
            timedOut &= _expected.Count > 0;
            foreach (var id in _expected)
                Tell(new SocketAnswer(id, workerId, SocketAnswerState.TimedOut, null));
            _expected.Clear();
            return new ClusterReply<SocketAnswer>([.. _answers], [], []) { IsTimedOut = timedOut };
        }
    }

    private void End(string socketId, SocketAnswerState state, PacketBody? answer)
    {
        lock (_gate)
        {
            if (!_expected.Remove(socketId))
                return;
            Tell(new SocketAnswer(socketId, workerId, state, answer));
            if (_expected.Count == 0)
                _complete.TrySetResult();
        }
    }

    // Under the lock, so that nobody is told of anything after the reply.
    private void Tell(SocketAnswer answer)
    {
        if (answered is null)
            _answers.Add(answer);
        else
            answered(answer);
    }
}
