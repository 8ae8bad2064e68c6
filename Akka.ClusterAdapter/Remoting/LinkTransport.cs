using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>
/// Remoting's TCP on plain sockets, as DotNetty's on the wire. A message leaves on the thread that writes it, and one thread receives for all links, where
/// DotNetty hands both over to threads of its own.
/// </summary>
internal sealed partial class LinkTransport : Transport
{
    private readonly TaskCompletionSource<IAssociationEventListener> _associations = new();
    private readonly ConcurrentDictionary<Connection, bool> _connections = new();
    private readonly TlsSettings? _tls;
    private Listener? _listener;
    private volatile bool _isShut;

    public LinkTransport(ActorSystem system, Config section, Func<Guard, IReceiver> receiver, TimeProvider time)
    {
        (System, Config) = (system, section);
        Settings = TransportSettings.Read(system, section);
        var log = Logging.GetLogger(system, nameof(LinkTransport));
        Logger = new CarefulLogger(new AkkaLogger(log), time);
        var guard = new Guard(Logger);
        if (Settings.IsEncrypted)
            _tls = TlsSettings.Read(system, section, log);
        SchemeIdentifier = Settings.IsEncrypted ? "ssl.tcp" : "tcp";
        MaximumPayloadBytes = Settings.FrameSize;
        Home = new ConnectionHome(receiver(guard), guard, time, Settings.MostPending, Settings.FlushWait);
    }

    public TransportSettings Settings { get; }

    public ILogger Logger { get; }

    public ConnectionHome Home { get; }

    /// <summary>Connections that are not closed yet.</summary>
    public int ConnectionCount => _connections.Count;

    public override bool IsResponsibleFor(Address remote) => true;

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        Socket? socket = null;
        var end = $"{Settings.Hostname}:{Settings.Port}";
        try
        {
            var at = (await Endpoints.ResolveAsync(Settings.Hostname, Settings.Port, Settings.PrefersIPv6).ConfigureAwait(false))[0];
            socket = MakeSocket(at);
            socket.Bind(at);
            socket.Listen(Settings.Backlog);
        }
        catch (Exception exception)
        {
            socket?.Dispose();
            Log.NotBound(Logger, end, exception);
            await Shutdown().ConfigureAwait(false);
            throw new RemoteTransportException($"Failed to bind to [{end}]. See InnerException for details.", exception);
        }

        Home.Receiver.Start();
        BeginWork();
        _listener = new Listener(socket, Home, Accepted, Logger);
        // Whoever knocks before remoting is there waits in the kernel's queue.
        Home.Guard.When("cluster-port", _associations.Task, static listener => listener.Start(), _listener);
        var bound = (IPEndPoint)socket.LocalEndPoint!;
        return (Endpoints.AddressOf(bound, SchemeIdentifier, System.Name, Settings.PublicHostname, Settings.PublicPort), _associations);
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        if (_listener is null || _isShut)
            throw new InvalidAssociationException("The transport is not open.");
        try
        {
            var connection = Keep(await DialAsync(remoteAddress).ConfigureAwait(false));
            var secured = _tls is null ? null : await SecureAsync(connection, remoteAddress).ConfigureAwait(false);
            var link = MakeLink(remoteAddress, connection, secured);
            link.Claim();
            return link;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            throw new InvalidAssociationException($"{exception.Message} {remoteAddress}");
        }
        catch (TimeoutException exception)
        {
            throw new InvalidAssociationException(exception.Message);
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException or InvalidOperationException)
        {
            throw new InvalidAssociationException($"Failed to associate with {remoteAddress}: {exception.Message}", exception);
        }
    }

    public override async Task<bool> Shutdown()
    {
        _isShut = true;
        _listener?.Close();
        var flushing = _connections.Keys.Where(connection => connection.IsFlushing).ToArray();
        foreach (var connection in flushing)
            connection.BeginClose();
        try
        {
            await Task.WhenAll(flushing.Select(connection => connection.Ended)).WaitAsync(Settings.FlushWait, Home.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Who has not taken it by now does not get it.
        }

        foreach (var connection in _connections.Keys)
            connection.Close(DisassociateInfo.Unknown);
        ClusterLoop.Of(System).End(Home.Receiver);
        await Home.Receiver.StopAsync().ConfigureAwait(false);
        return true;
    }

    private void BeginWork()
    {
        if (Home.Receiver.Work is not { } work)
            return;
        var loop = ClusterLoop.Of(System);
        work.TookOver = () => loop.TookOver?.Invoke();
        work.Blocked = run => Log.Blocks(Logger, ClusterLoop.NameOf(run), LoopWork.Blocks);
        loop.Begin(Home.Receiver, Home.Guard);
    }

    private async Task<Socket> DialAsync(Address remote)
    {
        if (remote.Port is not { } port)
            throw new InvalidOperationException("The address has no port.");
        var endpoints = await Endpoints.ResolveAsync(remote.Host, port, Settings.PrefersIPv6).ConfigureAwait(false);
        for (var i = 0; ; i++)
        {
            var to = Endpoints.Reachable(endpoints[i]);
            try
            {
                return await Dialer.ConnectAsync(MakeSocket(to), to, Home, Settings.ConnectTimeout / endpoints.Length).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or TimeoutException && i + 1 < endpoints.Length)
            {
                // The name has another address.
            }
        }
    }

    private void Accepted(Socket socket)
    {
        Connection connection;
        try
        {
            connection = Keep(socket);
        }
        catch (SocketException)
        {
            // Whoever knocked has gone already.
            return;
        }

        var remote = Endpoints.AddressOf(connection.Remote, SchemeIdentifier, System.Name);
        if (_tls is null)
            Announce(MakeLink(remote, connection, null));
        else
            Home.Guard.Queue("cluster-handshake", static it => it.me.Admit(it.connection, it.remote), (me: this, connection, remote));
    }

    private void Admit(Connection connection, Address remote) => Home.Guard.Observe("cluster-handshake", AdmitAsync(connection, remote));

    private void Announce(Link link)
    {
        link.Claim();
        _associations.Task.Result.Notify(new InboundAssociation(link));
    }

    private Link MakeLink(Address remote, Connection connection, Secured? secured)
    {
        // As DotNetty's: the host that this member listens on, the port of this connection.
        var local = Endpoints.AddressOf(connection.Local, SchemeIdentifier, System.Name, Settings.Hostname);
        return secured is not null ? new TlsLink(local, remote, connection, secured, this) : new PlainLink(local, remote, connection, this);
    }

    private Connection Keep(Socket socket)
    {
        Connection connection;
        try
        {
            Prepare(socket);
            connection = new Connection(socket, Home);
        }
        catch (SocketException)
        {
            // The other side has gone already.
            socket.Dispose();
            throw;
        }

        _connections[connection] = true;
        Home.Guard.When("cluster-link", connection.Ended, static it => it.me._connections.TryRemove(it.connection, out _), (me: this, connection));
        if (_isShut)
            connection.Close(DisassociateInfo.Unknown);
        return connection;
    }

    private Socket MakeSocket(IPEndPoint end)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (end.Address.Equals(IPAddress.IPv6Any))
            socket.DualMode = true;
        if (Settings.ReusesAddress)
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        Prepare(socket);
        return socket;
    }

    private void Prepare(Socket socket)
    {
        socket.Blocking = false;
        socket.NoDelay = Settings.HasNoDelay;
        if (Settings.KeepsAlive)
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        if (Settings.SendBufferSize is { } send)
            socket.SendBufferSize = send;
        if (Settings.ReceiveBufferSize is { } receive)
            socket.ReceiveBufferSize = receive;
    }

    private static partial class Log
    {
        [LoggerMessage(5023, LogLevel.Warning,
            "{Actor} has held up the thread of the cluster's own actors for {Patience} and goes on; another thread does what the others have to do. "
            + "A serializer of the application's blocks there, or a lock.",
            EventName = "ClusterThreadHeldUp")]
        public static partial void Blocks(ILogger logger, string actor, TimeSpan patience);

        [LoggerMessage(5017, LogLevel.Error, "The cluster's port cannot be had at {End}.", EventName = "ClusterPortNotBound")]
        public static partial void NotBound(ILogger logger, string end, Exception exception);
    }
}
