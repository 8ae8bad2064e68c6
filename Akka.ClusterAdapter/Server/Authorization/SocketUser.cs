using System.Security.Claims;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>Who a socket's client is: by its first request, or by its token, which may end and be renewed.</summary>
internal sealed class SocketUser(Socket socket)
{
    private readonly Lock _gate = new();
    private volatile ClaimsPrincipal? _byToken;
    private Deadline? _expiry;
    private DateTimeOffset? _expires;
    private bool _isOpen;

    public ClaimsPrincipal Current => _byToken ?? socket.Client.Engine.Request.User;

    private SocketIOServer Server => socket.Namespace.Server;

    /// <summary>A token was accepted.</summary>
    public void Set(TokenUser token)
    {
        lock (_gate)
        {
            (_byToken, _expires) = (token.User, token.Expires);
            Await();
        }
    }

    /// <summary>The socket is admitted: from here on it can be disconnected, also for what has ended while it was being admitted.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _isOpen = true;
            if (_byToken is not null)
                Await();
        }
    }

    /// <summary>Under the lock.</summary>
    private void Await()
    {
        if (!_isOpen || !Server.Options.DisconnectOnTokenExpiry)
            return;
        _expiry ??= Server.Engine.Deadlines.Create(
            "token-expiry", static me => me.Server.Guard.Queue("token-expiry", static me => me.Expired(), me), this);
        if (_expires is { } end)
            _expiry.Set(end - Server.Time.GetUtcNow() is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        else
            _expiry.Clear();
        // It may have left in between, and nobody would take the deadline out again.
        if (socket.Life.IsClosed)
            _expiry.End();
    }

    /// <summary>False for a user who is known to be another than the present one: rooms and data are of the present one.</summary>
    public bool IsSame(ClaimsPrincipal user) => NameOf(Current) is not { } present || NameOf(user) == present;

    /// <summary>Who a user is; null for nobody who is known.</summary>
    public static string? NameOf(ClaimsPrincipal user) =>
        user.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? user.FindFirst("sub")?.Value ?? user.Identity?.Name;

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
