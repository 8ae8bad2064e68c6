using System.Text.Json;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Testing;

/// <summary>
/// A client of a test: its place in one namespace. It speaks the protocol of the official client, with the library's own code. Whatever it waits for
/// has a deadline, and an error that says what came instead. It never reconnects by itself.
/// </summary>
public sealed partial class SocketIOTestClient : IAsyncDisposable
{
    private readonly object? _auth;
    private readonly EventInbox _inbox = new();
    private readonly PendingAnswers _answers = new();
    private TaskCompletionSource _admitted = new();
    private TaskCompletionSource<string> _left = new();
    private string? _privateId;
    private string? _lastOffset;
    private volatile bool _isConnected;

    internal SocketIOTestClient(SocketIOTestConnection connection, string ns, object? auth)
    {
        Connection = connection;
        Namespace = ns;
        _auth = auth;
        connection.Options.Prepare?.Invoke(this);
    }

    /// <summary>The connection, shared with the client's places in other namespaces.</summary>
    public SocketIOTestConnection Connection { get; }

    /// <summary>The namespace, with its leading slash.</summary>
    public string Namespace { get; }

    /// <summary>The id that the server gave it; the last one, when it has left. Empty before the first.</summary>
    public string Id { get; private set; } = "";

    /// <summary>True from the admission until it leaves, for whatever reason.</summary>
    public bool Connected => _isConnected;

    /// <summary>True when it came back as who it was before; false without connection state recovery.</summary>
    public bool Recovered { get; private set; }

    /// <summary>Everything that it has received, in order, whether somebody has waited for it or not; a snapshot.</summary>
    public IReadOnlyList<ReceivedEvent> Received => _inbox.All;

    /// <summary>
    /// The server's side of it, for servers that run in this process: to look at rooms and data, to disconnect it, to give it to a handler under test.
    /// </summary>
    /// <exception cref="InvalidOperationException">The server runs elsewhere, or the client is not connected.</exception>
    public Socket Socket => FindSocket() ?? throw new InvalidOperationException(
        Connection.Server is null ? "The server does not run in this process." : $"The client is not connected to {Namespace}.");

    /// <summary>Connects to a server by its address.</summary>
    /// <param name="server">Such as <c>http://localhost:3000</c>.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="auth">What the official client calls <c>auth</c>: an object, or null for none.</param>
    /// <param name="configure">Settings.</param>
    /// <exception cref="ConnectRefusedException">The server has refused it.</exception>
    /// <exception cref="EventTimeoutException">The server has not answered in time.</exception>
    public static Task<SocketIOTestClient> ConnectAsync(Uri server, string ns = "/", object? auth = null, Action<SocketIOTestClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return ConnectAsync(new HttpEndpoint(server), ns, auth, configure, null);
    }

    /// <summary>Leaves the namespace, as <c>socket.disconnect()</c> of the official client; the connection stays for the others.</summary>
    public async Task DisconnectAsync()
    {
        await Connection.SendAsync(new PacketHeader(PacketType.Disconnect, Namespace), null).ConfigureAwait(false);
        Leave("io client disconnect");
    }

    /// <summary>Waits until it has lost its place.</summary>
    /// <param name="deadline">How long. Default: <see cref="SocketIOTestClientOptions.Deadline"/>.</param>
    /// <returns>Why, in the words of the official client, such as <c>io server disconnect</c> or <c>transport close</c>.</returns>
    /// <exception cref="EventTimeoutException">It has not in time.</exception>
    public async Task<string> WaitForDisconnectAsync(TimeSpan? deadline = null)
    {
        var limit = deadline ?? Connection.Options.Deadline;
        try
        {
            return await _left.Task.WaitAsync(Deadlines.Of(limit), TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new EventTimeoutException(WaitedInVain("The end of the connection", limit));
        }
    }

    /// <inheritdoc cref="SocketIOTestConnection.ReconnectAsync"/>
    public Task ReconnectAsync() => Connection.ReconnectAsync();

    /// <summary>Cuts the connection, with the client's places in all namespaces.</summary>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    internal static async Task<SocketIOTestClient> ConnectAsync(
        ClientEndpoint endpoint, string ns, object? auth, Action<SocketIOTestClientOptions>? configure, Action<SocketIOTestClientOptions>? defaults)
    {
        var options = new SocketIOTestClientOptions();
        defaults?.Invoke(options);
        configure?.Invoke(options);
        var connection = new SocketIOTestConnection(endpoint, options);
        try
        {
            await connection.OpenAsync().ConfigureAwait(false);
            return await connection.ConnectAsync(ns, auth).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A packet of the server for this namespace; they come one after the other.</summary>
    internal void Handle(Packet packet)
    {
        switch (packet.Header)
        {
            case { Type: PacketType.Connect }:
                Admit(packet.Arguments.Count > 0 ? packet.Arguments.Get<JsonElement>(0) : default);
                break;
            case { Type: PacketType.ConnectError }:
                Refuse(packet.Arguments.Get<JsonElement>(0));
                break;
            case { Type: PacketType.Event }:
                Take(packet);
                break;
            case { Type: PacketType.Ack, Id: { } id }:
                _answers.Complete(id, packet.Arguments);
                break;
            case { Type: PacketType.Disconnect }:
                Leave("io server disconnect");
                break;
        }
    }

    /// <summary>It has lost its place.</summary>
    internal void Leave(string reason)
    {
        _isConnected = false;
        _admitted.TrySetException(new ConnectRefusedException($"The connection ended before {Namespace} was joined: {reason}."));
        _answers.End(() => new ClientDisconnectedException($"The client lost its place in {Namespace} ({reason}) before the acknowledgement came.", reason));
        _inbox.End(name => new ClientDisconnectedException(WhatCame($"The client lost its place in {Namespace} ({reason}) before \"{name}\" came."), reason));
        _left.TrySetResult(reason);
    }

    private Socket? FindSocket() => Connection.Server?.Table.Find(Namespace)?.Sockets.GetValueOrDefault(Id);
}
