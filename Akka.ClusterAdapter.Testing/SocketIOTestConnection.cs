using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Testing;

/// <summary>
/// The connection of a client of a test, with its places in all namespaces. It never reconnects by itself: <see cref="ReconnectAsync"/> says when.
/// </summary>
public sealed class SocketIOTestConnection : IAsyncDisposable
{
    private readonly ClientEndpoint _endpoint;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SocketIOTestClient> _clients = new(StringComparer.Ordinal);
    private ClientSession? _session;
    private int _pingsAnswered;

    internal SocketIOTestConnection(ClientEndpoint endpoint, SocketIOTestClientOptions options)
    {
        _endpoint = endpoint;
        Options = options;
        Server = endpoint.ServerOf(options);
        Parser = options.Parser ?? Server?.Parser ?? new JsonPacketParser();
        Time = options.Time ?? Server?.Time ?? TimeProvider.System;
    }

    /// <summary>True from the handshake until the connection ends, for whatever reason.</summary>
    public bool IsOpen => _session?.IsOpen == true;

    /// <summary>Whether the server's pings are answered. Default true; false is a client that is lost without a word.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>How many pings of the server it has answered.</summary>
    public int PingsAnswered => _pingsAnswered;

    internal SocketIOTestClientOptions Options { get; }

    internal IPacketParser Parser { get; }

    internal TimeProvider Time { get; }

    internal SocketIOServer? Server { get; }

    internal ServerLog? Log => _endpoint.Log;

    private SocketIOTestClient[] Clients
    {
        get
        {
            lock (_gate)
                return [.. _clients.Values];
        }
    }

    /// <summary>Takes a place in another namespace, over the same connection.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="auth">What the official client calls <c>auth</c>: an object, or null for none.</param>
    /// <exception cref="ConnectRefusedException">The server has refused it.</exception>
    /// <exception cref="EventTimeoutException">The server has not answered in time.</exception>
    /// <exception cref="InvalidOperationException">This connection has a place there.</exception>
    public async Task<SocketIOTestClient> ConnectAsync(string ns = "/", object? auth = null)
    {
        ArgumentNullException.ThrowIfNull(ns);
        var client = new SocketIOTestClient(this, ns.StartsWith('/') ? ns : "/" + ns, auth);
        lock (_gate)
        {
            if (_clients.TryGetValue(client.Namespace, out var other) && other.Connected)
                throw new InvalidOperationException($"This connection has a place in {client.Namespace} already: open another connection.");
            _clients[client.Namespace] = client;
        }

        try
        {
            await client.ConnectAsync().ConfigureAwait(false);
            return client;
        }
        catch
        {
            // Who was refused is not there to come back.
            lock (_gate)
                _clients.Remove(client.Namespace);
            throw;
        }
    }

    /// <summary>Closes the connection as the official client does; the server's sockets leave with <c>transport close</c>. Harmless when repeated.</summary>
    public async Task CloseAsync()
    {
        if (_session is not { } session)
            return;
        using var deadline = Deadline();
        await session.CloseAsync(deadline.Token).ConfigureAwait(false);
    }

    /// <summary>Ends the connection as a broken network does: nothing is said to the server, which notices sooner or later.</summary>
    public void Cut() => _session?.Cut();

    /// <summary>
    /// Connects again, to all namespaces it had a place in; what is left of the old connection is cut. With connection state recovery the server is told
    /// who the client was and what it has seen last: <see cref="SocketIOTestClient.Recovered"/> says what came of it.
    /// </summary>
    /// <exception cref="ConnectRefusedException">The server has refused it.</exception>
    /// <exception cref="EventTimeoutException">The server has not answered in time.</exception>
    public async Task ReconnectAsync()
    {
        Cut();
        await OpenAsync().ConfigureAwait(false);
        foreach (var client in Clients)
            await client.ConnectAsync().ConfigureAwait(false);
    }

    /// <summary>Cuts what is left of the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _session, null) is { } session)
            await session.DisposeAsync().ConfigureAwait(false);
    }

    internal async Task OpenAsync()
    {
        var session = new ClientSession(this, _endpoint.Create(Options));
        if (Interlocked.Exchange(ref _session, session) is { } old)
            await old.DisposeAsync().ConfigureAwait(false);
        using var deadline = Deadline();
        try
        {
            await session.OpenAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            await DisposeAsync().ConfigureAwait(false);
            throw new EventTimeoutException($"The server did not open the connection within {Deadlines.Text(Options.Deadline)}.");
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal async Task SendAsync(PacketHeader header, PacketBody? body)
    {
        var packet = Parser.Encode(header, body);
        using var deadline = Deadline();
        try
        {
            await (_session?.SendAsync(packet, deadline.Token) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new EventTimeoutException($"The server did not take a packet within {Deadlines.Text(Options.Deadline)}: a handler may block its thread.");
        }
    }

    /// <summary>A packet of the server.</summary>
    internal void Received(Packet packet)
    {
        SocketIOTestClient? client;
        lock (_gate)
            _clients.TryGetValue(packet.Header.Namespace, out client);
        client?.Handle(packet);
    }

    /// <summary>A connection has ended; that of a client which has connected again since is nobody's business.</summary>
    internal void Ended(ClientSession session, string reason)
    {
        if (_session is { } present && present != session)
            return;
        foreach (var client in Clients)
            client.Leave(reason);
    }

    /// <summary>A pong was sent.</summary>
    internal void CountPong() => Interlocked.Increment(ref _pingsAnswered);

    /// <summary>Something that is not waited for; where it fails, the end of the connection says so.</summary>
    internal static void Observe(Task task)
    {
        if (!task.IsCompletedSuccessfully)
            _ = task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private CancellationTokenSource Deadline() => new(Deadlines.Of(Options.Deadline), TimeProvider.System);
}
