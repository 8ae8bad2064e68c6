using Akka.Actor;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Emitters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// Emits to the clients of a Socket.IO cluster from a process that serves none: a job, a queue consumer, an actor. Everything reaches all workers,
/// server-side events included; acknowledgements and fetched sockets come back. What is called on it is meant for one namespace, <c>/</c> at first; see
/// <see cref="Of"/>. Immutable, may be kept and used by any thread. On a member that serves sockets it does what that worker's own server does.
/// </summary>
/// <remarks>
/// The member needs the workers' role, and nobody counts it as a worker or waits for it once it has said what it is: create the emitter when the process
/// starts. Calls wait until the workers are known, at most twice <c>akka.cluster-adapter.ready-timeout</c> (20 s); they throw
/// <see cref="TimeoutException"/> when the member has not joined the cluster by then, <see cref="InvalidOperationException"/> when it does not fit the workers
/// (another parser or frame size), and
/// <see cref="ObjectDisposedException"/> when it has left. <c>Local</c> is not supported. In a cluster without workers nobody hears
/// it: see <see cref="ServerCountAsync"/>. It ends with the actor system.
/// </remarks>
public sealed class SocketIOEmitter : NamespaceTarget
{
    private readonly ClusterAdapterExtension _extension;
    private readonly EmitterGate _gate;

    private SocketIOEmitter(ClusterAdapterExtension extension, IPacketParser parser, string server, string name, EmitterGate gate)
    {
        _extension = extension;
        _gate = gate;
        ServerName = server;
        Name = name;
        var telemetry = new TargetTelemetry(extension.Metrics.TargetsOf(server), name, () => Name, server);
        Operator = new NamespaceOperator(
            new EmitterAdapter(server, name, parser, extension.State, extension.Actor, gate), parser, telemetry, BroadcastOptions.All);
        ServerSideFormat = PacketJson.ServerSide(extension.Factory.ServerSideFormat, parser);
    }

    /// <summary>The namespace it emits to, with the leading slash.</summary>
    public string Name { get; }

    /// <summary>Name of the server whose clients it emits to; empty for the unnamed one.</summary>
    public string ServerName { get; }

    /// <summary>True when the workers are known, so that calls are carried out at once.</summary>
    public bool IsReady => _extension.IsReady;

    internal override NamespaceOperator Operator { get; }

    internal override IArgumentFormat ServerSideFormat { get; }

    /// <summary>An emitter on a member of the cluster.</summary>
    /// <param name="system">Its actor system: the cluster provider and the workers' role; the topic and the other settings are those of
    /// <c>akka.cluster-adapter</c>.</param>
    /// <param name="parser">The workers' parser; null is the JSON parser with its default settings.</param>
    /// <exception cref="ConfigurationException">The member lacks the role, or another setting is wrong or not safe; the message names the key.</exception>
    /// <exception cref="InvalidOperationException">This member uses another parser already.</exception>
    public static SocketIOEmitter Create(ActorSystem system, IPacketParser? parser = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        return Create(ClusterAdapterExtension.Get(system), Adapters.ServerName.Unnamed, parser);
    }

    /// <summary>An emitter to a named server, <c>AddSocketIO("admin")</c>. Workers without that server hear nothing of it.</summary>
    /// <param name="system">See <see cref="Create(ActorSystem, IPacketParser?)"/>.</param>
    /// <param name="server">The server's name.</param>
    /// <param name="parser">That server's parser; null is the JSON parser with its default settings.</param>
    /// <exception cref="ArgumentException"><paramref name="server"/> is no name for a server.</exception>
    /// <inheritdoc cref="Create(ActorSystem, IPacketParser?)" path="/exception"/>
    public static SocketIOEmitter Create(ActorSystem system, string server, IPacketParser? parser = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        Adapters.ServerName.Check(server);
        return Create(ClusterAdapterExtension.Get(system), server, parser);
    }

    private static SocketIOEmitter Create(ClusterAdapterExtension extension, string server, IPacketParser? parser)
    {
        parser ??= new JsonPacketParser();
        extension.Metrics.ShowUnlessShown();
        extension.Emit(server, parser.Name);
        return new SocketIOEmitter(extension, parser, server, "/", new EmitterGate(extension.State));
    }

    /// <summary>
    /// The same emitter for another namespace. A missing leading slash is added. Workers that do not have the namespace ignore what is sent to it.
    /// </summary>
    public SocketIOEmitter Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new SocketIOEmitter(_extension, Operator.Parser, ServerName, name.StartsWith('/') ? name : "/" + name, _gate);
    }

    /// <summary>Waits until the workers are known, at most <c>akka.cluster-adapter.ready-timeout</c>; false when they are not (yet, or ever).</summary>
    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct = default) => _extension.WaitUntilReadyAsync(ct);

    /// <summary>Workers of the cluster that are known and confirmed.</summary>
    public ValueTask<int> ServerCountAsync(CancellationToken ct = default) => Operator.Adapter.ServerCountAsync(ct);
}
