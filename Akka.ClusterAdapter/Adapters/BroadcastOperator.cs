using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>A selection of sockets on all workers, built by <see cref="BroadcastTarget.To"/> and its kin. Immutable; may be kept and reused.</summary>
public sealed class BroadcastOperator : BroadcastTarget
{
    internal BroadcastOperator(IAdapter adapter, IPacketParser parser, BroadcastOptions options)
    {
        Adapter = adapter;
        Parser = parser;
        Options = options;
    }

    internal IAdapter Adapter { get; }

    internal BroadcastOptions Options { get; }

    internal override IPacketParser Parser { get; }

    internal override BroadcastOperator Operator => this;

    internal BroadcastOperator With(BroadcastOptions options) => new(Adapter, Parser, options);

    internal Task<ClusterReply<SocketAnswer>> AskClientsAsync(string eventName, IReadOnlyList<object?> args, CancellationToken ct) =>
        Adapter.BroadcastWithAckAsync(EventBody.Create(Parser, eventName, args), Options, ct);

    internal async Task<IReadOnlyList<RemoteSocket>> FetchAsync(CancellationToken ct)
    {
        var reply = await Adapter.FetchSocketsAsync(Options, ct).ConfigureAwait(false);
        var sockets = new RemoteSocket[reply.Answers.Count];
        for (var i = 0; i < sockets.Length; i++)
            sockets[i] = new RemoteSocket(reply.Answers[i], Adapter, Parser);
        if (reply.IsTimedOut)
            throw new ClusterRequestTimeoutException("fetchSockets", reply.MissingWorkers, reply.LostWorkers) { PartialSockets = sockets };
        return sockets;
    }
}
