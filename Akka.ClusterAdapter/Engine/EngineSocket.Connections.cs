using Akka.ClusterAdapter.Engine.Elsewhere;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <content>The connections that its client keeps alive for polls and POSTs.</content>
public sealed partial class EngineSocket
{
    // Clients have two at a time; behind a balancer there may be any number, which belong to that.
    private const int MostConnections = 4;
    private List<WeakReference<KeptConnection>>? _connections;

    /// <summary>Remembers the connection of a poll or a POST: nothing else leads to one that is idle.</summary>
    internal void Remember(HttpContext context)
    {
        if (KeptConnection.Of(context) is not { } connection)
            return;
        lock (_gate)
        {
            _connections ??= new(1);
            foreach (var known in _connections)
            {
                if (known.TryGetTarget(out var other) && ReferenceEquals(other, connection))
                    return;
            }

            if (_connections.Count == MostConnections)
                _connections.RemoveAt(0);
            _connections.Add(new(connection));
        }
    }

    /// <summary>
    /// Its client has no use for them any more, yet would open its next session over one of them: on a server that is about to go, with luck.
    /// Not while it polls: between two polls a connection is idle too.
    /// </summary>
    internal void LetConnectionsGo()
    {
        List<WeakReference<KeptConnection>>? connections;
        lock (_gate)
            (connections, _connections) = (_connections, null);
        foreach (var known in connections ?? [])
        {
            if (known.TryGetTarget(out var connection))
                _server.Guard.Run(nameof(KeptConnection.LetGo), static connection => connection.LetGo(), connection);
        }
    }
}
