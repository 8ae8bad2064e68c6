using Akka.ClusterAdapter.Engine.Relaying;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>The connections that a session's client keeps alive for polls and POSTs.</summary>
internal sealed class KeptConnections(SessionContext context)
{
    // Clients have two at a time; behind a balancer there may be any number, which belong to that.
    private const int Most = 4;
    private List<WeakReference<KeptConnection>>? _connections;

    /// <summary>Remembers the connection of a poll or a POST: nothing else leads to one that is idle.</summary>
    public void Remember(HttpContext request)
    {
        if (KeptConnection.Of(request) is not { } connection)
            return;
        lock (context.Gate)
        {
            _connections ??= new(1);
            foreach (var known in _connections)
            {
                if (known.TryGetTarget(out var other) && ReferenceEquals(other, connection))
                    return;
            }

            if (_connections.Count == Most)
                _connections.RemoveAt(0);
            _connections.Add(new(connection));
        }
    }

    /// <summary>
    /// The client has no use for them any more, yet would open its next session over one of them: on a server that is about to go, with luck.
    /// Not while it polls: between two polls a connection is idle too.
    /// </summary>
    public void LetGo()
    {
        List<WeakReference<KeptConnection>>? connections;
        lock (context.Gate)
            (connections, _connections) = (_connections, null);
        foreach (var known in connections ?? [])
        {
            if (known.TryGetTarget(out var connection))
                context.Server.Guard.Run(nameof(KeptConnection.LetGo), static connection => connection.LetGo(), connection);
        }
    }
}
