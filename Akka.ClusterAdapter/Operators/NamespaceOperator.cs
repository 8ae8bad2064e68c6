using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators;

/// <summary>A selection of the sockets of one namespace.</summary>
/// <param name="adapter">The namespace's adapter.</param>
/// <param name="parser">The server's parser.</param>
/// <param name="telemetry">What is measured of it.</param>
/// <param name="options">The selection.</param>
internal sealed class NamespaceOperator(IAdapter adapter, IPacketParser parser, TargetTelemetry telemetry, BroadcastOptions options)
    : BroadcastOperator(parser, options)
{
    public IAdapter Adapter => adapter;

    public TargetTelemetry Telemetry => telemetry;

    internal override NamespaceOperator With(BroadcastOptions options) => new(adapter, Parser, telemetry, options);

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) => telemetry.BroadcastAsync(adapter, body, Options, Parser, ct);

    internal override Task<ClusterReply<SocketAnswer>> AskClientsAsync(PacketBody body, CancellationToken ct) => telemetry.AskAsync(
        Spans.Ask, Operations.Ask, static it => it.adapter.BroadcastWithAckAsync(it.body, it.Options, it.ct),
        (adapter, body, Options, ct), Options, (Parser, body), ct);

    internal override async Task<ClusterReply<RemoteSocket>> FindSocketsAsync(CancellationToken ct)
    {
        var reply = await telemetry.AskAsync(
            Spans.Request, Operations.Fetch, static it => it.adapter.FetchSocketsAsync(it.Options, it.ct), (adapter, Options, ct), Options, null, ct)
            .ConfigureAwait(false);
        return reply.Select(details => new RemoteSocket(details, this));
    }

    internal override Task<ClusterReply<SocketAnswer>> StreamClientsAsync(
        PacketBody body, Action<SocketAnswer> answered, CancellationToken ct) => telemetry.AskAsync(
        Spans.Ask,
        Operations.Ask,
        static it => it.adapter.StreamAnswersAsync(it.body, it.Options, it.answered, it.ct),
        (adapter, body, Options, answered, ct),
        Options,
        (Parser, body),
        ct);

    internal override Task<ClusterReply<SocketDetails>> StreamFoundAsync(Action<RemoteSocket> found, CancellationToken ct) => telemetry.AskAsync(
        Spans.Request,
        Operations.Fetch,
        static it => it.Me.Adapter.StreamSocketsAsync(it.Me.Options, details => it.found(new RemoteSocket(details, it.Me)), it.ct),
        (Me: this, found, ct),
        Options,
        null,
        ct);

    internal override ValueTask JoinRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) =>
        telemetry.SendAsync(Operations.Join, static it => it.adapter.SocketsJoinAsync(it.Options, it.rooms, it.ct), (adapter, Options, rooms, ct), Options);

    internal override ValueTask LeaveRoomsAsync(IReadOnlyList<string> rooms, CancellationToken ct) =>
        telemetry.SendAsync(Operations.Leave, static it => it.adapter.SocketsLeaveAsync(it.Options, it.rooms, it.ct), (adapter, Options, rooms, ct), Options);

    internal override ValueTask DisconnectAsync(bool close, CancellationToken ct) =>
        telemetry.SendAsync(
            Operations.Disconnect, static it => it.adapter.DisconnectSocketsAsync(it.Options, it.close, it.ct), (adapter, Options, close, ct), Options);
}
