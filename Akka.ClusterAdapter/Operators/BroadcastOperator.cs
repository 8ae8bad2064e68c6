using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter;

/// <summary>A selection of sockets on all workers, built by <see cref="BroadcastTarget.To"/> and its kin. Immutable; may be kept and reused.</summary>
public sealed class BroadcastOperator : BroadcastTarget
{
    private readonly Func<IAdapter> _adapter;

    /// <param name="adapter">The namespace's adapter, asked for at each use: a namespace may be cleaned up and made anew while an operator is kept.</param>
    /// <param name="parser">The server's parser.</param>
    /// <param name="options">The selection.</param>
    internal BroadcastOperator(Func<IAdapter> adapter, IPacketParser parser, BroadcastOptions options)
    {
        _adapter = adapter;
        Parser = parser;
        Options = options;
    }

    internal IAdapter Adapter => _adapter();

    internal BroadcastOptions Options { get; }

    internal override IPacketParser Parser { get; }

    internal override BroadcastOperator Operator => this;

    internal BroadcastOperator With(BroadcastOptions options) => new(_adapter, Parser, options);

    internal Task<ClusterReply<SocketAnswer>> AskClientsAsync(string eventName, IReadOnlyList<object?> args, CancellationToken ct) =>
        Adapter.BroadcastWithAckAsync(EventBody.Create(Parser, eventName, args), Options, ct);

    internal async Task<IReadOnlyList<RemoteSocket>> FetchAsync(CancellationToken ct)
    {
        var adapter = Adapter;
        var reply = await adapter.FetchSocketsAsync(Options, ct).ConfigureAwait(false);
        var sockets = new RemoteSocket[reply.Answers.Count];
        for (var i = 0; i < sockets.Length; i++)
            sockets[i] = new RemoteSocket(reply.Answers[i], adapter, Parser);
        if (reply.IsTimedOut)
            throw new ClusterRequestTimeoutException("fetchSockets", reply.MissingWorkers, reply.LostWorkers) { PartialSockets = sockets };
        return sockets;
    }
}
