using System.ComponentModel.DataAnnotations;
using Akka.ClusterAdapter.Admin;

namespace Akka.ClusterAdapter.Server;

/// <summary>How much admin pages are shown.</summary>
public enum SocketIOAdminMode
{
    /// <summary>Numbers of each worker, added up every second: sockets by namespace, connections, packets and bytes. Nothing of a single socket.</summary>
    Production,

    /// <summary>Also each socket with its rooms, its data and how its connection began, and each event with its arguments, as they come.</summary>
    Development,
}

/// <summary>
/// Settings of the admin namespace, in which the server speaks the protocol of the official page (npm's <c>@socket.io/admin-ui</c>). Give all workers of a
/// cluster the same. Who may open the page must be said, by one of <see cref="PasswordHash"/> with <see cref="UserName"/>, <see cref="Policy"/> and <see
/// cref="AllowAnonymous"/>: otherwise the application does not start.
/// </summary>
public sealed class SocketIOAdminOptions : IValidatableObject
{
    private const string NoHash = "PasswordHash is no bcrypt hash ($2a$, $2b$ or $2y$) with a cost of 4 to 16. "
        + "Make one with: htpasswd -nbBC 10 \"\" PASSWORD | tr -d ':\\n'";

    private const string Nobody = "Nothing says who may open the admin page: set UserName and PasswordHash (a bcrypt hash), "
        + "or Policy (an authorization policy), or AllowAnonymous to let everybody in.";

    private const string Several =
        "Several settings say who may open the admin page: keep one of PasswordHash (with UserName), Policy and AllowAnonymous.";

    /// <summary>
    /// Namespace that the page connects to; the application must not use it itself. Default <c>/admin</c>, which the page has as its default too.
    /// </summary>
    [Required]
    [StringLength(256, MinimumLength = 2)]
    public string Namespace { get; set; } = "/admin";

    /// <summary>Name with which people log in, together with the password of <see cref="PasswordHash"/>. Default null.</summary>
    public string? UserName { get; set; }

    /// <summary>
    /// bcrypt hash (<c>$2a$</c>, <c>$2b$</c> or <c>$2y$</c>, cost 4 to 16) of the password with which people log in. Logging in by password is slow on
    /// purpose: each address has 10 attempts, and one more every 6 s. Default null.
    /// </summary>
    public string? PasswordHash { get; set; }

    /// <summary>
    /// Name of an authorization policy of the application that decides who may open the page: the user is that of the connection's first request, or of its
    /// token. Default null.
    /// </summary>
    public string? Policy { get; set; }

    /// <summary>True lets everybody in who can reach the server; a warning tells so at the start. Default false.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>True refuses all that pages could change: emitting, rooms, disconnecting. Checked on the server. Default false.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>
    /// How much pages are shown. Default null: <see cref="SocketIOAdminMode.Development"/> in an application whose environment is Development, <see
    /// cref="SocketIOAdminMode.Production"/> otherwise.
    /// </summary>
    public SocketIOAdminMode? Mode { get; set; }

    /// <summary>Name of this worker on the page. Default null: the host's name, in a cluster with <c>#</c> and the process id.</summary>
    [StringLength(256, MinimumLength = 1)]
    public string? ServerId { get; set; }

    /// <summary>How long whoever has logged in by password is known, on every worker, before the password is asked for again. Default 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00", ParseLimitsInInvariantCulture = true, ConvertValueInInvariantCulture = true)]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Most sockets that a page is shown, of all workers together; numbers are of all sockets nevertheless. In development mode only. Default 5,000.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxSockets { get; set; } = 5_000;

    /// <summary>
    /// Names of headers and query parameters that are never shown, in any case of letters. Credentials of HTTP (<c>cookie</c>, <c>authorization</c>,
    /// <c>proxy-authorization</c>), the session id and the auth payload never are, whatever is written here. Default <c>access_token</c>, <c>api_key</c>,
    /// <c>apikey</c>, <c>password</c>, <c>secret</c>, <c>token</c>, <c>x-api-key</c>.
    /// </summary>
    public string[] HiddenNames { get; set; } = ["access_token", "api_key", "apikey", "password", "secret", "token", "x-api-key"];

    /// <summary>
    /// Directory with the page's files, <c>ui/dist</c> of npm's <c>@socket.io/admin-ui</c>, which <c>MapSocketIOAdmin</c> serves. Not part of this package:
    /// the page has its own releases. Default null.
    /// </summary>
    public string? PageDirectory { get; set; }

    /// <summary>Whether people log in with a name and a password.</summary>
    internal bool HasPassword => PasswordHash is not null;

    /// <summary>The checks that span several settings.</summary>
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (Namespace is { } ns && (!ns.StartsWith('/') || ns == "/" || ns.Contains(',', StringComparison.Ordinal)))
            yield return new("Namespace must begin with a slash and be another one than \"/\", such as \"/admin\".", [nameof(Namespace)]);
        if ((UserName is null) != (PasswordHash is null))
            yield return new("UserName and PasswordHash belong together: set both, or none.", [nameof(UserName), nameof(PasswordHash)]);
        if (PasswordHash is { } hash && !AdminPassword.IsHash(hash))
            yield return new(NoHash, [nameof(PasswordHash)]);
        var ways = (HasPassword || UserName is not null ? 1 : 0) + (Policy is null ? 0 : 1) + (AllowAnonymous ? 1 : 0);
        if (ways == 0)
            yield return new(Nobody, [nameof(PasswordHash)]);
        if (ways > 1)
            yield return new(Several, [nameof(PasswordHash)]);
        if (Mode is { } mode && !Enum.IsDefined(mode))
            yield return new("Mode must be Production or Development.", [nameof(Mode)]);
    }
}
