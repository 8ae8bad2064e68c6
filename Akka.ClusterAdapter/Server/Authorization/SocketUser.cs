using System.Security.Claims;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>Who a socket's client is: by its first request, or by its token, which may end and be renewed.</summary>
internal sealed class SocketUser(Socket socket)
{
    private readonly Lock _gate = new();
    private volatile ClaimsPrincipal? _byToken;
    private Deadline? _expiry;

    public ClaimsPrincipal Current => _byToken ?? socket.Client.Engine.Request.User;

    private SocketIOServer Server => socket.Namespace.Server;

    /// <summary>A token was accepted.</summary>
    public void Set(TokenUser token)
    {
        _byToken = token.User;
        if (!Server.Options.DisconnectOnTokenExpiry)
            return;
        lock (_gate)
        {
            _expiry ??= Server.Engine.Deadlines.Create(
                "token-expiry", static me => me.Server.Guard.Queue("token-expiry", static me => me.Expired(), me), this);
            if (token.Expires is { } end)
                _expiry.Set(end - Server.Time.GetUtcNow() is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            else
                _expiry.Clear();
            // It may have left in between, and nobody would take the deadline out again.
            if (socket.Life.IsClosed)
                _expiry.End();
        }
    }

    /// <summary>The socket has left.</summary>
    public void End()
    {
        lock (_gate)
            _expiry?.End();
    }

    private void Expired()
    {
        lock (_gate)
        {
            if (_expiry!.IsSet)
                return; // renewed in this moment
        }

        Server.Metrics.Rejected(Rejections.TokenExpired);
        socket.Client.Disconnect(socket, close: false, DisconnectReason.TokenExpired);
    }
}
