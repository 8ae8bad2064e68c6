using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Gathers the acknowledgements of one broadcast from the clients of this worker.</summary>
/// <param name="workerId">This worker.</param>
internal sealed class AckCollector(string workerId) : IAckSink
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
            var late = _expected.Select(id => new SocketAnswer(id, workerId, SocketAnswerState.TimedOut, null));
            return new ClusterReply<SocketAnswer>([.. _answers, .. late], [], []) { IsTimedOut = timedOut && _expected.Count > 0 };
        }
    }

    private void End(string socketId, SocketAnswerState state, PacketBody? answer)
    {
        lock (_gate)
        {
            if (!_expected.Remove(socketId))
                return;
            _answers.Add(new SocketAnswer(socketId, workerId, state, answer));
            if (_expected.Count == 0)
                _complete.TrySetResult();
        }
    }
}
