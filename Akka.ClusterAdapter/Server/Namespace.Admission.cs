using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <content>Who is let in, and the rooms of those who are.</content>
public sealed partial class Namespace
{
    /// <summary>Runs the middlewares and, when all let it in, opens the socket. Null when it was admitted (or the connection went away).</summary>
    internal async ValueTask<ConnectRefusal?> AdmitAsync(Socket socket, Action open)
    {
        var middlewares = socket.Recovered && Sessions!.Options.SkipMiddlewares ? [] : _middlewares;
        var admitted = false;
        var isFull = false;
        var at = 0;
        try
        {
            await Next(0).ConfigureAwait(false);
            if (admitted)
                return null;
            return isFull
                ? new(new("Invalid namespace"), Rejections.TooManyDynamicNamespaces)
                : new(new("Connection refused"), Rejections.Middleware, NameOf(middlewares, at) + " did not call next");
        }
        catch (ConnectErrorException e) when (!admitted)
        {
            return new(new(e.Message, e.ErrorData), Rejections.Middleware, NameOf(middlewares, at));
        }
        catch (Exception e)
        {
            Server.Metrics.Failed("middleware");
            Log.MiddlewareFailed(Server.Logger, e, NameOf(middlewares, at), Name);
            return admitted ? null : new(new("Internal server error"), Rejections.Middleware, NameOf(middlewares, at) + " threw");
        }

        ValueTask Next(int index)
        {
            if (index < middlewares.Length)
                return middlewares[at = index](socket, () => Next(index + 1));
            isFull = !admitted && Place?.TryCount() == false;
            if (!admitted && !isFull)
            {
                admitted = true;
                open();
            }

            return default;
        }
    }

    internal void Enter(Socket socket, IReadOnlyList<string> rooms)
    {
        _sockets[socket.Id] = socket;
        if (socket.PrivateId is not null)
            Hold(socket);
        Server.Attempt("join", static it => it.Me.JoinAsync(it.socket, it.rooms), (Me: this, socket, rooms));
    }

    internal void Exit(Socket socket)
    {
        Server.Attempt("leave", static it => it.Me.LeaveAllAsync(it.socket), (Me: this, socket));
        _sockets.TryRemove(new KeyValuePair<string, Socket>(socket.Id, socket));
        Release(socket);
    }

    /// <summary>Puts a socket into rooms, unless its client is back with another socket of the same id.</summary>
    internal ValueTask JoinAsync(Socket socket, IReadOnlyList<string> rooms)
    {
        if (Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? default : Adapter.JoinAsync(socket.Id, rooms);
        local.Join(socket.Id, socket.Incarnation, rooms);
        return default;
    }

    internal ValueTask LeaveAsync(Socket socket, string room)
    {
        if (Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? default : Adapter.LeaveAsync(socket.Id, room);
        local.Leave(socket.Id, socket.Incarnation, room);
        return default;
    }

    internal ValueTask LeaveAllAsync(Socket socket)
    {
        if (Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? default : Adapter.LeaveAllAsync(socket.Id);
        local.LeaveAll(socket.Id, socket.Incarnation);
        return default;
    }

    internal IReadOnlyList<string> RoomsOf(Socket socket)
    {
        if (Adapter is not ILocalRooms local)
            return IsSucceeded(socket) ? [] : Adapter.RoomsOf(socket.Id);
        return local.RoomsOf(socket.Id, socket.Incarnation);
    }

    // All that can be said where an adapter knows ids only.
    private bool IsSucceeded(Socket socket) => _sockets.TryGetValue(socket.Id, out var present) && !ReferenceEquals(present, socket);

    private static string NameOf(Func<Socket, Func<ValueTask>, ValueTask>[] middlewares, int at) =>
        at < middlewares.Length ? $"middleware {at + 1}, {middlewares[at].Method.DeclaringType?.Name}.{middlewares[at].Method.Name}" : "no middleware";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A middleware ({Middleware}) of {Namespace} threw; the client was refused.")]
        public static partial void MiddlewareFailed(ILogger logger, Exception exception, string middleware, string @namespace);
    }
}
