using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>Connection state recovery of one namespace: who holds which secret, and the sessions of clients that are away.</summary>
internal sealed partial class NamespaceRecovery(SocketIOServer server)
{
    /// <summary>How long a client that shows a secret waits for the end of the connection that still holds it.</summary>
    private static readonly TimeSpan GiveWayTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Socket> _holders = new(StringComparer.Ordinal);

    /// <summary>What clients that lost their connection may come back to.</summary>
    public SessionStore Sessions { get; } = server.Sessions!.Create();

    /// <summary>The session a client shows the secret of. A connection that still holds it is as good as dead: it is closed first.</summary>
    /// <param name="handshake">What the client shows.</param>
    /// <param name="user">Who the client is; null for nobody who is known. The session of somebody else is over: its rooms and what it missed are not for this one.</param>
    public async ValueTask<ClaimedSession?> ClaimAsync(Handshake handshake, string? user)
    {
        var auth = handshake.Auth;
        if (Text(auth, "pid") is not { } secret)
            return null;
        if (!server.Recoveries!.MayAsk(handshake.Address))
        {
            server.Metrics.Rejected(Rejections.RecoveryBudget);
            Log.LooksInVain(server.Logger, handshake.Address);
            server.Metrics.Recovered(false);
            return null;
        }

        if (_holders.TryGetValue(secret, out var halfDead))
            await halfDead.GiveWayAsync().WaitAsync(GiveWayTimeout, server.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var claim = Sessions.Claim(secret, Text(auth, "offset"), out var visited);
        if (claim is not null && (claim.Session.User is not { } owner || owner == user))
            return claim;
        server.Metrics.Recovered(false);
        server.Recoveries.Failed(handshake.Address, visited);
        return null;
    }

    /// <summary>From its claim on, a socket holds the secret: a client that loses the connection again before it has entered is not forgotten.</summary>
    public void Hold(Socket socket) => _holders[socket.PrivateId!] = socket;

    /// <summary>The secret is no longer this socket's.</summary>
    public void Release(Socket socket)
    {
        if (socket.PrivateId is { } secret)
            _holders.TryRemove(new KeyValuePair<string, Socket>(secret, socket));
    }

    private static string? Text(JsonElement auth, string name) =>
        auth.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static partial class Log
    {
        [LoggerMessage(2071, LogLevel.Warning,
            "Clients of {Address} show secrets of sessions that are not there, too often: for a while those of this address begin anew.", EventName = "SessionsLookedForInVain")]
        public static partial void LooksInVain(ILogger logger, string address);
    }
}
