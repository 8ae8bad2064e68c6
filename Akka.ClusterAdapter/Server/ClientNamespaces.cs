using System.Text.Json;

namespace Akka.ClusterAdapter.Server;

/// <summary>What a namespace is to a connection.</summary>
internal enum NamespaceStanding
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

/// <summary>
/// The namespaces of a connection: those that are joined or being decided, and those that were left (docs/decisions/0037). Thread-safe; calls nobody.
/// </summary>
/// <param name="most">Most namespaces at a time, and most that were left and are remembered.</param>
internal sealed class ClientNamespaces(int most)
{
    private readonly Lock _gate = new();
    private readonly List<Member> _members = new(1);
    private List<string>? _left;
    private bool _isClosed;

    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Sockets of the joined ones.</summary>
    public Socket[] Sockets
    {
        get
        {
            lock (_gate)
                return [.. _members.Select(member => member.Socket).OfType<Socket>()];
        }
    }

    /// <summary>The connection is over: nothing can be joined any more.</summary>
    public void Close()
    {
        lock (_gate)
            _isClosed = true;
    }

    public Socket? Find(string name, out NamespaceStanding standing)
    {
        lock (_gate)
        {
            standing = _left?.Contains(name) == true ? NamespaceStanding.Left : NamespaceStanding.Unknown;
            foreach (var member in _members)
            {
                if (member.Namespace != name)
                    continue;
                if (member.Socket is not null)
                    standing = NamespaceStanding.Joined;
                else if (standing != NamespaceStanding.Left)
                    standing = NamespaceStanding.Deciding;
                return member.Socket;
            }
        }

        return null;
    }

    /// <summary>A CONNECT came. False when nothing is to be done now; without turn when there are too many namespaces.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="auth">What the client shows.</param>
    /// <param name="turn">The decision that begins.</param>
    /// <param name="replaced">The socket that it takes the place of.</param>
    public bool TryBegin(string name, JsonElement auth, out ConnectTurn? turn, out Socket? replaced)
    {
        turn = null;
        replaced = null;
        lock (_gate)
        {
            if (_isClosed)
                return false;
            var at = _members.FindIndex(member => member.Namespace == name);
            if (at < 0 && _members.Count >= most)
                return true;
            if (at >= 0 && _members[at].Turn is { } deciding)
            {
                deciding.Ask(auth);
                return false;
            }

            replaced = at < 0 ? null : _members[at].Socket;
            if (replaced is not null && ConnectTurn.IsSame(replaced.Handshake.Auth, auth))
                return false;
            turn = new ConnectTurn(name, auth);
            if (at < 0)
                _members.Add(new Member(name, null, turn));
            else
                _members[at] = new Member(name, null, turn);
            if (replaced is not null)
                RememberLeft(name);
            return true;
        }
    }

    /// <summary>False when the client has gone, or has left or asked for something else since this decision began: then it stays so.</summary>
    public bool IsWanted(ConnectTurn turn)
    {
        lock (_gate)
            return !_isClosed && !turn.IsSuperseded;
    }

    /// <summary>The middlewares let it in. False when its client has thought better of it meanwhile.</summary>
    /// <param name="turn">The decision.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="isUnwanted">True when the client has left.</param>
    public bool TryJoin(ConnectTurn turn, Socket socket, out bool isUnwanted)
    {
        lock (_gate)
        {
            // A middleware may go on when it has returned: its turn is over then.
            var at = _members.FindIndex(member => member.Turn == turn);
            isUnwanted = turn.IsGivenUp;
            if (at < 0 || _isClosed || turn.IsSuperseded || !socket.Life.IsConnecting)
                return false;
            _members[at] = new Member(turn.Namespace, socket, turn);
            return true;
        }
    }

    /// <summary>What is to be decided next; null when that was the last. Whoever was refused may ask again from here on.</summary>
    /// <param name="turn">The decision that has ended.</param>
    /// <param name="isSuperseded">True when what was decided is not wanted any more.</param>
    /// <param name="replaced">The socket that the next one takes the place of.</param>
    public JsonElement? EndTurn(ConnectTurn turn, out bool isSuperseded, out Socket? replaced)
    {
        lock (_gate)
        {
            isSuperseded = turn.IsSuperseded;
            var next = _isClosed ? null : turn.TakeNext();
            var at = _members.FindIndex(member => member.Turn == turn);
            var joined = at < 0 ? null : _members[at].Socket;
            if (at >= 0 && next is null && joined is null)
                _members.RemoveAt(at);
            else if (at >= 0)
                _members[at] = next is null ? new Member(turn.Namespace, joined, null) : new Member(turn.Namespace, null, turn);
            else if (next is not null)
                _members.Add(new Member(turn.Namespace, null, turn));
            replaced = next is null ? null : joined;
            if (replaced is not null)
                RememberLeft(turn.Namespace);
            return next;
        }
    }

    /// <summary>The client leaves a namespace, or does not want any more what is being decided. False when there is neither.</summary>
    public bool TryLeave(string name, out Socket? socket)
    {
        socket = null;
        lock (_gate)
        {
            var at = _members.FindIndex(member => member.Namespace == name);
            if (at < 0)
                return false;
            _members[at].Turn?.GiveUp();
            socket = _members[at].Socket;
            RememberLeft(name);
            return true;
        }
    }

    /// <summary>The server sends a socket away, perhaps while a middleware has not returned yet.</summary>
    public void Lose(Socket socket)
    {
        lock (_gate)
        {
            _members.Find(member => ReferenceEquals(member.Socket, socket)).Turn?.Lose();
            RememberLeft(socket.Namespace.Name);
        }
    }

    /// <summary>A socket has left.</summary>
    public void Remove(Socket socket)
    {
        lock (_gate)
        {
            var at = _members.FindIndex(member => ReferenceEquals(member.Socket, socket));
            if (at >= 0 && _members[at].Turn is { } turn)
                _members[at] = new Member(turn.Namespace, null, turn); // its turn is not over
            else if (at >= 0)
                _members.RemoveAt(at);
        }
    }

    /// <summary>What the client sent before it, or before it learned that it, has left a namespace is no violation. Under the lock.</summary>
    private void RememberLeft(string name)
    {
        _left ??= [];
        _left.Remove(name);
        if (_left.Count == most)
            _left.RemoveAt(0);
        _left.Add(name);
    }

    /// <summary>A namespace of this connection: joined, being decided, or both while its connection handlers are being started.</summary>
    private readonly record struct Member(string Namespace, Socket? Socket, ConnectTurn? Turn);
}
