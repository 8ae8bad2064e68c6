using System.Reflection;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Remote;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace Akka.ClusterAdapter.Tests.Remoting;

/// <summary>One side of a link, with remoting's part played by the test.</summary>
internal sealed class LinkEnd(AssociationHandle handle) : IHandleEventListener
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    // What remoting's own actors go by is not public.
    private static readonly FieldInfo Info = typeof(Disassociated).GetField("Info", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly Channel<IHandleEvent> _events = Channel.CreateUnbounded<IHandleEvent>();

    public AssociationHandle Handle => handle;

    public void Notify(IHandleEvent ev) => _events.Writer.TryWrite(ev);

    /// <summary>From now on it reads.</summary>
    public LinkEnd Claim()
    {
        handle.ReadHandlerSource.SetResult(this);
        return this;
    }

    public bool Write(byte[] bytes) => handle.Write(ByteString.CopyFrom(bytes));

    public async Task<byte[]> FrameAsync() => Assert.IsType<InboundPayload>(await EventAsync()).Payload.ToByteArray();

    public async Task<DisassociateInfo> EndAsync()
    {
        while (true)
        {
            if (await EventAsync() is Disassociated end)
                return (DisassociateInfo)Info.GetValue(end)!;
        }
    }

    public async Task<IHandleEvent> EventAsync()
    {
        using var late = new CancellationTokenSource(Deadline);
        return await _events.Reader.ReadAsync(late.Token);
    }

    /// <summary>An event that has come already; null when there is none.</summary>
    public IHandleEvent? Now() => _events.Reader.TryRead(out var it) ? it : null;

    public void Disassociate() => handle.Disassociate("the test says so", Event.NoLogger.Instance);
}

/// <summary>A transport that listens, and who knocks there.</summary>
internal sealed class TransportEnd : IAssociationEventListener, IAsyncDisposable
{
    private static readonly Config Defaults = ConfigurationFactory.FromResource<RemoteSettings>("Akka.Remote.Configuration.Remote.conf");
    private readonly Channel<AssociationHandle> _inbound = Channel.CreateUnbounded<AssociationHandle>();
    private readonly ActorSystem _system;

    private TransportEnd(ActorSystem system, Transport transport) => (_system, Transport) = (system, transport);

    public Transport Transport { get; }

    public Address Address { get; private set; } = Address.AllSystems;

    public int Port => Address.Port!.Value;

    /// <summary>Why its actor system ends; null when it does not.</summary>
    public CoordinatedShutdown.Reason? End => CoordinatedShutdown.Get(_system).ShutdownReason;

    /// <summary>Our own transport, when it is one of ours.</summary>
    public LinkTransport Own => (LinkTransport)((ClusterTransport)Transport).Inner;

    /// <param name="kind">A value of <c>akka.cluster-adapter.transport</c>.</param>
    /// <param name="hocon">Settings in front.</param>
    /// <param name="begins">False: remoting has not asked for associations yet.</param>
    public static async Task<TransportEnd> ListenAsync(string kind, string hocon = "", bool begins = true)
    {
        var config = ConfigurationFactory.ParseString($"akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.cluster-adapter.transport = {kind}\n{hocon}")
            .WithFallback("akka.remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0, tcp-reuse-addr = off, maximum-frame-size = 256000b }")
            .WithFallback(Defaults);
        var setup = BootstrapSetup.Create().WithConfig(config);
        var system = ActorSystem.Create("link", ClusterTls.From(config) is { } tls ? ActorSystemSetup.Create(setup, tls) : ActorSystemSetup.Create(setup));
        var end = new TransportEnd(system, new ClusterTransport(system, system.Settings.Config.GetConfig("akka.remote.dot-netty.tcp")));
        try
        {
            var (address, associations) = await end.Transport.Listen();
            end.Address = address;
            if (begins)
                associations.SetResult(end);
            end.Begin = () => associations.TrySetResult(end);
            return end;
        }
        catch (Exception)
        {
            await system.Terminate();
            throw;
        }
    }

    public Action Begin { get; private set; } = static () => { };

    public void Notify(IAssociationEvent ev) => _inbound.Writer.TryWrite(((InboundAssociation)ev).Association);

    public async Task<LinkEnd> AcceptAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return new(await _inbound.Reader.ReadAsync(late.Token));
    }

    /// <summary>A link to another transport, claimed on both sides.</summary>
    public async Task<(LinkEnd Here, LinkEnd There)> ConnectAsync(TransportEnd other)
    {
        var here = new LinkEnd(await Transport.Associate(other.Address));
        return (here.Claim(), (await other.AcceptAsync()).Claim());
    }

    public async ValueTask DisposeAsync()
    {
        await Transport.Shutdown();
        await _system.Terminate();
    }
}
