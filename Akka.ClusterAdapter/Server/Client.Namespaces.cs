using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <content>The namespaces of a connection: joining them, being refused, and those that were left.</content>
internal sealed partial class Client
{
    private static readonly JsonElement NoAuth = JsonDocument.Parse("{}").RootElement;

    private readonly List<Member> _members = new(1);
    private List<string>? _leftByServer;

    public void Remove(Socket socket)
    {
        lock (_gate)
            _members.RemoveAll(member => ReferenceEquals(member.Socket, socket));
    }

    private void Connect(Packet packet)
    {
        var name = packet.Header.Namespace;
        var full = false;
        lock (_gate)
        {
            if (_closed)
                return;
            full = _members.Count >= _server.Options.MaxNamespacesPerConnection;
            if (_members.Exists(member => member.Namespace == name))
                name = null;
            else if (!full)
                Begin(name);
        }

        if (name is null)
            Violation("second connect to one namespace");
        else if (full)
            Refuse(packet.Header.Namespace, new ConnectError("Too many namespaces"), Rejections.TooManyNamespaces);
        else
            _server.Start(static (client, connect) => client.ConnectAsync(connect.Header.Namespace, connect.Arguments), this, packet, name, HandlerKind.Middleware, "connect");
    }

    // Under the lock. From now on the client speaks of the new socket.
    private void Begin(string name)
    {
        _members.Add(new Member(name));
        _leftByServer?.Remove(name);
    }

    /// <summary>Runs on the connection's own thread as long as nothing waits; a middleware may take its time.</summary>
    private async ValueTask ConnectAsync(string name, PacketArguments arguments)
    {
        var handshake = SocketIOServer.HandshakeOf(Engine.Request, arguments.Count > 0 ? arguments.Get<JsonElement>(0) : NoAuth);
        var whyNot = "";
        var ns = _server.Find(name);
        if (ns is null)
            (ns, whyNot) = await _server.FindDynamicAsync(name, handshake).ConfigureAwait(false);
        if (ns is null)
        {
            Forget(name);
            Refuse(name, new ConnectError("Invalid namespace"), whyNot);
            return;
        }

        var claim = await ns.ClaimAsync(handshake.Auth).ConfigureAwait(false);
        var socket = new Socket(ns, this, handshake, claim);
        if (claim is not null)
            ns.Hold(socket);
        ConnectError? refusal;
        try
        {
            refusal = await ns.AdmitAsync(socket, () => TryOpen(name, socket)).ConfigureAwait(false);
        }
        finally
        {
            ns.ReleaseReservation();
        }

        if (refusal is null)
            return;
        socket.Leave(DisconnectReason.ServerNamespaceDisconnect);
        Forget(name);
        Refuse(name, refusal, Rejections.Middleware);
    }

    /// <summary>The middlewares let it in: from here on the connection's end reaches the socket.</summary>
    private void TryOpen(string name, Socket socket)
    {
        bool open;
        lock (_gate)
        {
            open = !_closed;
            if (open)
                _members[_members.FindIndex(member => member.Namespace == name)] = new Member(name, socket);
        }

        if (open)
            socket.Open();
        else
            socket.Leave(DisconnectReason.TransportClose);
    }

    private void Refuse(string name, ConnectError error, string reason)
    {
        _server.Metrics.Rejected(reason);
        Engine.TrySend(_server.Encode(new PacketHeader(PacketType.ConnectError, name), EventBody.Answer(_server.Parser, error)));
    }

    private void Forget(string name)
    {
        lock (_gate)
            _members.RemoveAll(member => member.Namespace == name);
    }

    private Socket? Find(string name, out bool isLeft)
    {
        lock (_gate)
        {
            isLeft = false;
            foreach (var member in _members)
            {
                if (member.Namespace == name)
                    return member.Socket;
            }

            isLeft = _leftByServer?.Contains(name) == true;
        }

        return null;
    }

    /// <summary>What the client sent before it learned that it had been disconnected from a namespace is no violation.</summary>
    private void RememberLeft(string name)
    {
        lock (_gate)
        {
            _leftByServer ??= [];
            _leftByServer.Remove(name);
            if (_leftByServer.Count == _server.Options.MaxNamespacesPerConnection)
                _leftByServer.RemoveAt(0);
            _leftByServer.Add(name);
        }
    }

    /// <summary>A namespace of this connection; without socket while middlewares are deciding.</summary>
    private readonly record struct Member(string Namespace, Socket? Socket = null);
}

/// <summary>Payload of a CONNECT_ERROR.</summary>
internal sealed record ConnectError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object? Data = null);
