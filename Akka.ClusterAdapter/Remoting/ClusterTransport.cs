using System.ComponentModel;
using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>
/// What stands in <c>akka.remote.dot-netty.tcp.transport-class</c>: our own transport where it runs, DotNetty's elsewhere or when
/// <c>akka.cluster-adapter.transport</c> says so. It reads the same section, so that all that is said of ports, frames and TLS stays true.
/// </summary>
internal sealed partial class ClusterTransport : Transport
{
    /// <summary>Its name for remoting.</summary>
    public const string Name = "Akka.ClusterAdapter.Remoting.ClusterTransport, Akka.ClusterAdapter";

    private const string DotNettyName = "Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote";

    private readonly Transport _inner;

    public ClusterTransport(ActorSystem system, Config config)
    {
        (System, Config) = (system, config);
        _inner = Choose(system, config);
        SchemeIdentifier = _inner.SchemeIdentifier;
        MaximumPayloadBytes = _inner.MaximumPayloadBytes;
    }

    /// <summary>What it is in truth.</summary>
    public Transport Inner => _inner;

    public override Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen() => _inner.Listen();

    public override bool IsResponsibleFor(Address remote) => _inner.IsResponsibleFor(remote);

    public override Task<AssociationHandle> Associate(Address remoteAddress) => _inner.Associate(remoteAddress);

    public override Task<bool> Shutdown() => _inner.Shutdown();

    public override Task<bool> ManagementCommand(object message) => _inner.ManagementCommand(message);

    private static Transport Choose(ActorSystem system, Config section)
    {
        switch (TransportSettings.KindOf(system.Settings.Config))
        {
            case TransportKind.DotNetty:
                return DotNetty(system, section);
            case TransportKind.Select:
                return Own(system, section, static guard => new SelectReceiver(guard));
            case TransportKind.Epoll:
                return EpollReceiver.IsThere
                    ? Own(system, section, static guard => new EpollReceiver(guard))
                    : throw new ConfigurationException($"{TransportSettings.KindKey} is epoll, which only Linux has: set it to auto.");
            default:
                if (EpollReceiver.IsThere && TryOwn(system, section) is { } own)
                    return own;
                Log.UsesDotNetty(new AkkaLogger(Logging.GetLogger(system, nameof(ClusterTransport))));
                return DotNetty(system, section);
        }
    }

    private static LinkTransport? TryOwn(ActorSystem system, Config section)
    {
        try
        {
            return Own(system, section, static guard => new EpollReceiver(guard));
        }
        catch (Exception exception) when (exception is Win32Exception or DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static LinkTransport Own(ActorSystem system, Config section, Func<Guard, IReceiver> receiver) =>
        new(system, section, receiver, TimeProvider.System);

    /// <summary>By its name, as remoting itself finds it.</summary>
    private static Transport DotNetty(ActorSystem system, Config section) =>
        (Transport)Activator.CreateInstance(Type.GetType(DotNettyName, throwOnError: true)!, system, section)!;

    private static partial class Log
    {
        [LoggerMessage(5019, LogLevel.Information,
            "Members are linked by DotNetty's transport: there is no epoll here. akka.cluster-adapter.transport = select takes this package's own.",
            EventName = "UsesDotNetty")]
        public static partial void UsesDotNetty(ILogger logger);
    }
}
