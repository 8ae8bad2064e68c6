using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Requests;

/// <summary>
/// Carries what becomes of this worker's clients to the worker that asked. Answers come on many threads and are collected; the namespace actor
/// is told once and takes all that came meanwhile, so batches grow by themselves when there is much to do.
/// </summary>
internal sealed class AckRelay(RequestMessage request, IActorRef requester, IActorRef carrier) : IAckSink
{
    private readonly Lock _gate = new();
    private string[] _asked = [];
    private List<ClientAnswer> _answers = [];
    private bool _isAnnounced = true;
    private HashSet<string> _open = [];

    /// <summary>Who asked.</summary>
    public long Origin { get; } = request.Origin;

    public long RequestId { get; } = request.RequestId;

    public IActorRef Requester { get; } = requester;

    public ReadOnlySpan<string> Asked => _asked;

    /// <summary>Forgets the answers that have not come.</summary>
    public IDisposable? Pending { get; set; }

    /// <summary>When nobody waits any more.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>The span of the question on this worker; null when nobody wants it.</summary>
    public Activity? Span { get; init; }

    /// <summary>How many clients have answered so far.</summary>
    public int Answers { get; set; }

    /// <summary>Nothing more is waited for.</summary>
    public void EndSpan(Guard guard)
    {
        if (Span is null)
            return;
        Span.SetTag("socketio.answers", Answers);
        Traces.Stop(Span, guard);
        Activity.Current = null;
    }

    public void Expect(ReadOnlySpan<string> socketIds)
    {
        lock (_gate)
        {
            _asked = socketIds.ToArray();
            _open = new HashSet<string>(_asked, StringComparer.Ordinal);
        }
    }

    public void Answered(string socketId, PacketBody answer) => Add(new ClientAnswer(socketId, answer));

    public void Lost(string socketId) => Add(new ClientAnswer(socketId, null));

    /// <summary>Takes what has come since the last time.</summary>
    /// <param name="isLast">True when every client has answered or left.</param>
    public ImmutableArray<ClientAnswer> Take(out bool isLast)
    {
        List<ClientAnswer> taken;
        lock (_gate)
        {
            taken = _answers;
            _answers = [];
            _isAnnounced = false;
            isLast = _open.Count == 0;
        }

        return [.. taken];
    }

    private void Add(ClientAnswer answer)
    {
        lock (_gate)
        {
            // A client ends once: an answer that comes together with its leaving is not counted twice.
            if (!_open.Remove(answer.SocketId))
                return;
            _answers.Add(answer);
            if (_isAnnounced)
                return;
            _isAnnounced = true;
        }

        carrier.Tell(new AnswersWaiting(this));
    }
}

/// <summary>A relay has something to take.</summary>
internal sealed record AnswersWaiting(AckRelay Relay) : IAdapterCommand;
