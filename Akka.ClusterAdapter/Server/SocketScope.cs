using System.Collections;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>Whose handlers run, as a scope of the log: what the application logs in them has it, where its log shows scopes.</summary>
/// <param name="socket">The socket.</param>
internal sealed class SocketScope(Socket socket) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("SocketId", socket.Id),
        1 => new("Namespace", socket.Namespace.Name),
        // A session's id is a secret: only its beginning is told.
        2 => new("SessionId", socket.Connection.LogId),
        3 => new("WorkerId", socket.Namespace.Server.WorkerId),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary>Begins one; a log that throws there is no reason to lose an event.</summary>
    public static IDisposable? Begin(ILogger logger, Socket socket)
    {
        try
        {
            return logger.BeginScope(new SocketScope(socket));
        }
        catch (Exception e)
        {
            socket.Namespace.Server.Guard.Fail(nameof(ILogger.BeginScope), e);
            return null;
        }
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() =>
        $"SocketId:{socket.Id} Namespace:{socket.Namespace.Name} SessionId:{socket.Connection.LogId} WorkerId:{socket.Namespace.Server.WorkerId}";
}
