using System.Collections.Concurrent;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// The sockets of one namespace on this worker, and their rooms. A client that comes back has the id it had: what its lost socket still does touches
/// no room of the new one.
/// </summary>
internal sealed class NamespaceMembers(Namespace ns)
{
    private readonly ConcurrentDictionary<string, Socket> _sockets = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, Socket> Sockets => _sockets;

    public bool IsEmpty => _sockets.IsEmpty;

    /// <summary>How many rooms have members on this worker, those that are named by a socket's own id included.</summary>
    public int RoomCount => ns.Adapter is ILocalRooms local ? local.RoomCount : ns.Adapter.LocalRooms().Count;

    public void Enter(Socket socket, IReadOnlyList<string> rooms)
    {
        _sockets[socket.Id] = socket;
        ns.Recovery?.Hold(socket);
        Attempt("join", static it => it.Me.JoinAsync(it.socket, it.rooms), (Me: this, socket, rooms));
    }

    public void Exit(Socket socket)
    {
        Attempt("leave", static it => it.Me.LeaveAllAsync(it.socket), (Me: this, socket));
        _sockets.TryRemove(new KeyValuePair<string, Socket>(socket.Id, socket));
        ns.Recovery?.Release(socket);
    }

    public ValueTask JoinAsync(Socket socket, IReadOnlyList<string> rooms)
    {
        if (ns.Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? default : ns.Adapter.JoinAsync(socket.Id, rooms);
        local.Join(socket.Id, socket.Incarnation, rooms);
        return default;
    }

    public ValueTask LeaveAsync(Socket socket, string room)
    {
        if (ns.Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? default : ns.Adapter.LeaveAsync(socket.Id, room);
        local.Leave(socket.Id, socket.Incarnation, room);
        return default;
    }

    public ValueTask LeaveAllAsync(Socket socket)
    {
        if (ns.Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? default : ns.Adapter.LeaveAllAsync(socket.Id);
        local.LeaveAll(socket.Id, socket.Incarnation);
        return default;
    }

    public IReadOnlyList<string> RoomsOf(Socket socket)
    {
        if (ns.Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? [] : ns.Adapter.RoomsOf(socket.Id);
        return local.RoomsOf(socket.Id, socket.Incarnation);
    }

    /// <summary>Does what must not fail: what an adapter throws, at once or later, is logged and counted.</summary>
    private void Attempt<TState>(string root, Func<TState, ValueTask> call, TState state)
    {
        try
        {
            var done = call(state);
            if (!done.IsCompletedSuccessfully)
                ns.Server.Guard.Observe(root, done.AsTask());
        }
        catch (Exception e)
        {
            ns.Server.Guard.Fail(root, e);
        }
    }

    // All that can be said where an adapter knows ids only.
    private bool IsSucceeded(Socket socket) => _sockets.TryGetValue(socket.Id, out var present) && !ReferenceEquals(present, socket);
}
