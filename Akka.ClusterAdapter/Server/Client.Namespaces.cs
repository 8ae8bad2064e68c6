using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <content>The namespaces of a connection: joining them, being refused, and those that were left (docs/decisions/0037).</content>
internal sealed partial class Client
{
    private static readonly JsonElement NoAuth = JsonDocument.Parse("{}").RootElement;
    private static readonly ConnectError InternalError = new("Internal server error");

    private readonly List<Member> _members = new(1);
    private List<string>? _left;

    /// <summary>What a namespace is to this connection.</summary>
    private enum Standing
    {
        /// <summary>Nothing: what comes for it is a violation.</summary>
        Unknown,

        /// <summary>Middlewares are deciding.</summary>
        Deciding,

        /// <summary>It was left: what was under way is ignored.</summary>
        Left,

        /// <summary>It is joined.</summary>
        Joined,
    }

    public void Remove(Socket socket)
    {
        lock (_gate)
        {
            var at = _members.FindIndex(member => ReferenceEquals(member.Socket, socket));
            if (at >= 0 && _members[at].Join is { } join)
                _members[at] = new Member(join.Namespace, null, join); // its turn is not over
            else if (at >= 0)
                _members.RemoveAt(at);
        }
    }

    /// <summary>
    /// The last CONNECT counts. One that asks for what is there, or on its way, already changes nothing; another one takes its place. So each namespace has one decision under way at most.
    /// </summary>
    private void Connect(Packet packet)
    {
        var name = packet.Header.Namespace;

        // Compared before it is parsed, and as JSON afterwards, which it is kept as.
        if (packet.Refusal is null && packet.Arguments.Count > 0 && packet.Arguments.Body.Size > _server.Options.MaxAuthBytes)
        {
            if (Find(name, out _) is null)
                Refuse(name, TooLargeAuth(name));
            return;
        }

        if (AuthOf(packet) is not { } auth)
        {
            if (Find(name, out _) is null)
                Refuse(name, new(new("Invalid auth payload"), packet.Refusal?.Reason ?? Rejections.Arguments));
            return;
        }

        if (!TryBegin(name, auth, out var join, out var replaced))
            return;
        replaced?.Leave(DisconnectReason.ClientNamespaceDisconnect);
        if (join is null)
            Refuse(name, new(new("Too many namespaces"), Rejections.TooManyNamespaces));
        else
            _server.Start(static (client, it) => client.DecideAsync(it.Join, it.Auth), this, (Join: join, Auth: auth), name, HandlerKind.Middleware, "connect");
    }

    /// <summary>False when nothing is to be done now; without join when there are too many namespaces.</summary>
    private bool TryBegin(string name, JsonElement auth, out Join? join, out Socket? replaced)
    {
        join = null;
        replaced = null;
        lock (_gate)
        {
            if (_closed)
                return false;
            var at = _members.FindIndex(member => member.Namespace == name);
            if (at < 0 && _members.Count >= _server.Options.MaxNamespacesPerConnection)
                return true;
            if (at >= 0 && _members[at].Join is { } deciding)
            {
                deciding.Ask(auth);
                return false;
            }

            replaced = at < 0 ? null : _members[at].Socket;
            if (replaced is not null && IsSame(replaced.Handshake.Auth, auth))
                return false;
            join = new Join(name, auth);
            if (at < 0)
                _members.Add(new Member(name, null, join));
            else
                _members[at] = new Member(name, null, join);
            if (replaced is not null)
                RememberLeft(name);
            return true;
        }
    }

    /// <summary>Runs on the connection's own thread as long as nothing waits; a middleware may take its time. Then it is the turn of the CONNECT that came meanwhile.</summary>
    private async ValueTask DecideAsync(Join join, JsonElement auth)
    {
        for (JsonElement? wanted = auth; wanted is { } present;)
        {
            ConnectRefusal? refusal;
            try
            {
                refusal = await JoinAsync(join, present).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                _server.Guard.Fail("connect", e);
                refusal = new(InternalError, Rejections.Failure);
            }

            wanted = EndTurn(join, out var isSuperseded);
            if (refusal is not null && !isSuperseded)
                Refuse(join.Namespace, refusal);
        }
    }

    private async ValueTask<ConnectRefusal?> JoinAsync(Join join, JsonElement auth)
    {
        var handshake = SocketIOServer.HandshakeOf(Engine.Request, auth);
        if (handshake.AuthBytes > _server.Options.MaxAuthBytes)
            return TooLargeAuth(join.Namespace);
        var whyNot = "";
        var ns = _server.Table.Find(join.Namespace);
        if (ns is null)
            (ns, whyNot) = await _server.Table.FindDynamicAsync(join.Namespace, handshake, Engine.Request.RemoteAddress).ConfigureAwait(false);
        if (ns is null)
            return new(new("Invalid namespace"), whyNot);

        Socket? socket = null;
        try
        {
            await ns.Life.Announced.ConfigureAwait(false);
            var claim = ns.Recovery is null ? null : await ns.Recovery.ClaimAsync(handshake).ConfigureAwait(false);
            socket = new Socket(ns, this, handshake, claim);
            if (claim is not null)
                ns.Recovery!.Hold(socket);
            var refusal = await new ConnectMiddlewares(ns, socket, () => TryOpen(join, socket)).RunAsync().ConfigureAwait(false);
            if (refusal is null && socket.HasLostClaim)
            {
                var anew = socket = new Socket(ns, this, handshake, claim: null);
                refusal = await new ConnectMiddlewares(ns, anew, () => TryOpen(join, anew)).RunAsync().ConfigureAwait(false);
            }

            if (refusal is not null)
                socket.Leave(DisconnectReason.ServerNamespaceDisconnect);
            return refusal;
        }
        catch
        {
            socket?.Leave(DisconnectReason.TransportClose);
            throw;
        }
        finally
        {
            ns.ReleaseReservation();
        }
    }

    private ConnectRefusal TooLargeAuth(string name)
    {
        Log.AuthTooLarge(_server.Logger, name, _server.Options.MaxAuthBytes);
        return new(new("Auth payload too large"), Rejections.AuthTooLarge);
    }

    /// <summary>The middlewares let it in: from here on the connection's end reaches the socket. Unless its client has thought better of it meanwhile.</summary>
    private void TryOpen(Join join, Socket socket)
    {
        bool open, isUnwanted;
        lock (_gate)
        {
            // A middleware may go on when it has returned: its turn is over then.
            var at = _members.FindIndex(member => member.Join == join);
            isUnwanted = join.IsGivenUp;
            open = at >= 0 && !_closed && !join.IsSuperseded && socket.IsConnecting;
            if (open)
                _members[at] = new Member(join.Namespace, socket, join);
        }

        if (!open)
            socket.Leave(isUnwanted ? DisconnectReason.ClientNamespaceDisconnect : DisconnectReason.TransportClose);
        else if (!_server.Guard.Run("open", static socket => socket.Open(), socket))
            CloseFor(DisconnectReason.ForcedServerClose);
    }

    /// <summary>What is to be decided next; null when that was the last. Whoever was refused may ask again from here on.</summary>
    private JsonElement? EndTurn(Join join, out bool isSuperseded)
    {
        Socket? superseded;
        JsonElement? next;
        lock (_gate)
        {
            isSuperseded = join.IsSuperseded;
            next = _closed ? null : join.TakeNext();
            var at = _members.FindIndex(member => member.Join == join);
            superseded = at < 0 ? null : _members[at].Socket;
            if (at >= 0 && next is null && superseded is null)
                _members.RemoveAt(at);
            else if (at >= 0)
                _members[at] = new Member(join.Namespace, next is null ? superseded : null, next is null ? null : join);
            else if (next is not null)
                _members.Add(new Member(join.Namespace, null, join));
            if (next is not null && superseded is not null)
                RememberLeft(join.Namespace);
        }

        if (next is not null)
            superseded?.Leave(DisconnectReason.ClientNamespaceDisconnect);
        return next;
    }

    private void Refuse(string name, ConnectRefusal refusal)
    {
        _server.Metrics.Rejected(refusal.Reason);
        Log.Refused(_server.Logger, name, Engine.Request.RemoteAddress, refusal.Error.Message, refusal.By ?? refusal.Reason);
        if (!_server.Guard.Run("connect-error", Send, refusal.Error))
            Send(InternalError);

        // What the application gives with its refusal may be anything.
        void Send(ConnectError error) =>
            Engine.TrySend(_server.Encode(new PacketHeader(PacketType.ConnectError, name), EventBody.Answer(_server.Parser, error)));
    }

    /// <summary>The client leaves a namespace, or does not want any more what is being decided. False when there is neither.</summary>
    private bool TryLeave(string name)
    {
        Socket? socket;
        lock (_gate)
        {
            var at = _members.FindIndex(member => member.Namespace == name);
            if (at < 0)
                return false;
            _members[at].Join?.GiveUp();
            socket = _members[at].Socket;
            RememberLeft(name);
        }

        socket?.Leave(DisconnectReason.ClientNamespaceDisconnect);
        return true;
    }

    /// <summary>The server sends a socket away, perhaps while a middleware has not returned yet.</summary>
    private void Lose(Socket socket)
    {
        lock (_gate)
        {
            _members.Find(member => ReferenceEquals(member.Socket, socket)).Join?.Lose();
            RememberLeft(socket.Namespace.Name);
        }
    }

    private Socket? Find(string name, out Standing standing)
    {
        lock (_gate)
        {
            standing = _left?.Contains(name) == true ? Standing.Left : Standing.Unknown;
            foreach (var member in _members)
            {
                if (member.Namespace != name)
                    continue;
                standing = member.Socket is not null ? Standing.Joined : standing == Standing.Left ? Standing.Left : Standing.Deciding;
                return member.Socket;
            }
        }

        return null;
    }

    /// <summary>What the client sent before it, or before it learned that it, has left a namespace is no violation. Under the lock or not.</summary>
    private void RememberLeft(string name)
    {
        lock (_gate)
        {
            _left ??= [];
            _left.Remove(name);
            if (_left.Count == _server.Options.MaxNamespacesPerConnection)
                _left.RemoveAt(0);
            _left.Add(name);
        }
    }

    /// <summary>The payload of a CONNECT; null when it cannot be used.</summary>
    private static JsonElement? AuthOf(Packet packet)
    {
        if (packet.Refusal is not null)
            return null;
        try
        {
            return packet.Arguments.Count > 0 ? packet.Arguments.Get<JsonElement>(0) : NoAuth;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsSame(JsonElement one, JsonElement other) =>
        JsonMarshal.GetRawUtf8Value(one).SequenceEqual(JsonMarshal.GetRawUtf8Value(other));

    /// <summary>A namespace of this connection: joined, being decided, or both while its connection handlers are being started.</summary>
    private readonly record struct Member(string Namespace, Socket? Socket, Join? Join);

    /// <summary>A CONNECT that is being decided, and the one after it. Changed under the client's lock.</summary>
    private sealed class Join(string ns, JsonElement auth)
    {
        private JsonElement _present = auth;
        private JsonElement? _next;

        public string Namespace => ns;

        /// <summary>True when the client has left meanwhile.</summary>
        public bool IsGivenUp { get; private set; }

        /// <summary>True when what is being decided is not what the client wants any more.</summary>
        public bool IsSuperseded => IsGivenUp || _next is not null;

        public void Ask(JsonElement wanted)
        {
            if (_next is null && !IsGivenUp && IsSame(_present, wanted))
                return;
            _next = wanted;
        }

        public void GiveUp() => (IsGivenUp, _next) = (true, null);

        /// <summary>The server has sent it away: whatever is asked for from now on is new.</summary>
        public void Lose() => IsGivenUp = true;

        public JsonElement? TakeNext()
        {
            var next = _next;
            if (next is { } wanted)
                (_present, _next, IsGivenUp) = (wanted, null, false);
            return next;
        }
    }
}

/// <summary>Why a client may not join a namespace.</summary>
/// <param name="Error">What it is told.</param>
/// <param name="Reason">Under which it is counted.</param>
/// <param name="By">Who said so, for the log; null when the reason says it.</param>
internal sealed record ConnectRefusal(ConnectError Error, string Reason, string? By = null);

/// <summary>Payload of a CONNECT_ERROR.</summary>
internal sealed record ConnectError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object? Data = null);
