using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Admin;

/// <summary>Decides who may open an admin page by name and password, and knows again whoever has been let in by any worker.</summary>
internal sealed partial class AdminLogin : IDisposable
{
    /// <summary>What the page is told, so that it shows its login again.</summary>
    public const string Refused = "invalid credentials";

    private const int Questions = 8;
    private const int WaitingQuestions = 32;

    private readonly byte[] _name;
    private readonly AdminPassword _password;
    private readonly AdminPeers _peers;
    private readonly ILogger _logger;
    private readonly ConditionalWeakTable<Socket, string> _newSessions = [];
    private readonly ConcurrencyLimiter _questions = new(new() { PermitLimit = Questions, QueueLimit = WaitingQuestions });

    public AdminLogin(SocketIOAdminOptions options, TimeProvider time, AdminPeers peers, ILogger logger)
    {
        _name = Encoding.UTF8.GetBytes(options.UserName!);
        _password = new(options.PasswordHash!);
        _peers = peers;
        _logger = logger;
        Sessions = new(time, options.SessionLifetime, $"{options.UserName}\n{options.PasswordHash}");
    }

    public AdminSessions Sessions { get; }

    /// <summary>The middleware of the namespace.</summary>
    public async ValueTask AuthenticateAsync(Socket socket, Func<ValueTask> next)
    {
        var auth = socket.Handshake.Auth;
        var address = socket.ClientConnection.RemoteAddress;
        // Whoever shows nothing has not tried.
        if (Text(auth, "sessionId") is not { } id)
            id = "";
        if (Sessions.KeyOf(id) is { } key && Sessions.RestOf(key) > TimeSpan.Zero)
        {
            await next().ConfigureAwait(false);
            return;
        }

        var (name, password) = (Text(auth, "username"), Text(auth, "password"));
        if (id.Length == 0 && (name is null || password is null))
            throw new ConnectErrorException(Refused);
        if (!_password.TryAttempt(address))
        {
            Log.TooManyAttempts(_logger, address);
            throw new ConnectErrorException(Refused);
        }

        if (await IsKnownElsewhereAsync(id).ConfigureAwait(false) || await IsRightAsync(socket, name, password).ConfigureAwait(false))
            await next().ConfigureAwait(false);
        else
            throw Refuse(address, id, name);
    }

    /// <summary>The id of the session that began with a socket, once; null when it had one.</summary>
    public string? TakeNewSession(Socket socket) => _newSessions.Remove(socket, out var id) ? id : null;

    public void Dispose()
    {
        _password.Dispose();
        _questions.Dispose();
    }

    // Whoever came to the cluster after the login has not been told of it.
    private async ValueTask<bool> IsKnownElsewhereAsync(string id)
    {
        if (Sessions.KeyOf(id) is not { } key)
            return false;
        // Strangers have many addresses.
        using var lease = await _questions.AcquireAsync().ConfigureAwait(false);
        if (!lease.IsAcquired)
            return false;
        var rest = await _peers.AskForSessionAsync(key).ConfigureAwait(false);
        Sessions.Learn(key, rest);
        return rest > TimeSpan.Zero;
    }

    private async ValueTask<bool> IsRightAsync(Socket socket, string? name, string? password)
    {
        // A wrong name takes as long as a wrong password.
        if (name is null || password is null || !await _password.IsRightAsync(password).ConfigureAwait(false))
            return false;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(name), _name))
            return false;
        var (id, key) = Sessions.Create();
        _newSessions.AddOrUpdate(socket, id);
        await _peers.TellSessionAsync(key, Sessions.RestOf(key)).ConfigureAwait(false);
        Log.LoggedIn(_logger, name, socket.ClientConnection.RemoteAddress);
        return true;
    }

    private ConnectErrorException Refuse(IPAddress? address, string id, string? name)
    {
        if (name is null)
            Log.SessionOver(_logger, address);
        else
            Log.WrongPassword(_logger, name, address, id.Length > 0);
        return new(Refused);
    }

    private static string? Text(JsonElement auth, string name) =>
        auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static partial class Log
    {
        [LoggerMessage(6011, LogLevel.Information, "{User} has logged in to the admin page from {Address}.", EventName = "AdminLoginLoggedIn")]
        public static partial void LoggedIn(ILogger logger, string user, IPAddress? address);

        [LoggerMessage(6012, LogLevel.Warning,
            "Somebody at {Address} gave a wrong name ({User}) or password for the admin page (with a session that has ended: {HadSession}).",
            EventName = "AdminLoginWrongPassword")]
        public static partial void WrongPassword(ILogger logger, string user, IPAddress? address, bool hadSession);

        [LoggerMessage(6013, LogLevel.Warning,
            "Somebody at {Address} has tried too often to log in to the admin page: an address has 10 attempts, and one more every 6 s. Behind "
            + "a proxy, use forwarded headers: all clients have its address otherwise.",
            EventName = "AdminLoginTooManyAttempts")]
        public static partial void TooManyAttempts(ILogger logger, IPAddress? address);

        [LoggerMessage(6014, LogLevel.Information,
            "An admin page at {Address} showed a session that has ended or never was; it asks for the password.",
            EventName = "AdminLoginSessionOver")]
        public static partial void SessionOver(ILogger logger, IPAddress? address);
    }
}
