using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <summary>The sessions of one namespace, as the worker is told them that keeps a copy.</summary>
/// <param name="ns">The namespace.</param>
/// <param name="holders">Who holds which secret.</param>
/// <param name="sessions">Those of clients that are away.</param>
internal sealed class SessionSnapshots(Namespace ns, ConcurrentDictionary<string, Socket> holders, SessionStore sessions) : ISessionSnapshots
{
    public IEnumerable<string> All() => holders.Keys.Concat(sessions.Secrets());

    public string? SecretOf(string socketId) => ns.Sockets.TryGetValue(socketId, out var socket) ? socket.PrivateId : null;

    public bool TryTake(string privateId, out HandedSession? session)
    {
        var isHeld = holders.TryGetValue(privateId, out var socket);
        session = isHeld ? socket!.Session?.Copy() : sessions.Peek(privateId);
        if (session is null)
            return !isHeld || MayNotBeCopied(socket!);
        // They may be changing just now: what was copied before stays until they can be read.
        if (!SocketData.TryPack(session.Session.Data, ns, out var data, isTold: false))
        {
            ns.Recovery!.CheckData(session.Session.Data);
            return false;
        }

        session = session with { Session = session.Session with { Data = data, DataBytes = data?.Json.Length ?? 0 } };
        return !isHeld || !socket!.Session!.IsCopied(session.Session, sessions.CopyNumber);
    }

    /// <summary>What its client had seen elsewhere may be on its way here: then it is tried again. False as well while it is connecting.</summary>
    private bool MayNotBeCopied(Socket socket)
    {
        var session = socket.Session;
        if (session is { HasEntered: true, IsLost: false })
            sessions.Marks.Session(session.PrivateId);
        return session is { HasEntered: true, IsLost: true };
    }

    /// <summary>Whether data may change without being set: then they are copied after each event.</summary>
    public static bool MayChange(object? data) => data is not (null or string or JsonElement or JsonData) && !data.GetType().IsPrimitive;
}
