using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Admin;

/// <summary>The admin namespace of one server: lets pages in, shows them what is, and tells the other workers.</summary>
internal sealed partial class AdminServer : IDisposable
{
    private static readonly string[] Commands = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];

    private static readonly TimeSpan BetweenSnapshots = TimeSpan.FromSeconds(5);

    private readonly SocketIOServer _io;
    private readonly SocketIOAdminOptions _options;
    private readonly bool _isDevelopment;
    private readonly Namespace _ns;
    private readonly AdminPeers _peers;
    private readonly AdminPages _pages = new();
    private readonly AdminLogin? _login;
    private readonly SocketView _view;
    private readonly AdminWatch _watch;
    private readonly ILogger _logger;
    private readonly ConditionalWeakTable<AdminPage, StrongBox<long>> _snapshots = [];

    /// <param name="io">The server.</param>
    /// <param name="options">Settings that were checked.</param>
    /// <param name="serverId">This worker's name on the page, unless the settings have one.</param>
    /// <param name="mode">What is shown, unless the settings say it.</param>
    /// <param name="loggers">Where to log.</param>
    /// <exception cref="InvalidOperationException">The application uses the namespace, or there is no such policy.</exception>
    public AdminServer(SocketIOServer io, SocketIOAdminOptions options, string serverId, SocketIOAdminMode mode, ILoggerFactory loggers)
    {
        _io = io;
        _options = options;
        _isDevelopment = (options.Mode ?? mode) == SocketIOAdminMode.Development;
        loggers = ServerLoggers.Of(loggers, io.Name);
        _logger = CarefulLoggers.Of(loggers, io.Time).CreateLogger<AdminServer>();
        _ns = Claim(io, options.Namespace);
        _peers = new(_ns);
        _view = new(options);
        _watch = new(_ns, _pages, _peers, _view, options.ServerId ?? serverId, _isDevelopment);
        _watch.Ticked += RenewSockets;
        if (options.HasPassword)
            _login = Guarded(new AdminLogin(options, io.Time, _peers, _logger));
        else if (options.Policy is { } policy)
            _ns.RequireAuthorization(policy);
        else
            Log.Open(_logger, _ns.Name, options.ReadOnly);
        _peers.OnSocketsQuestion(most => Task.Run(() => AnswerWithSockets(most)));
        _ = new AdminCommands(_ns, _pages, _peers, options.ReadOnly, _logger, loggers.CreateLogger<AdminCommands>());
        _ns.OnConnection(OnPageAsync);
    }

    /// <summary>The pages of this worker.</summary>
    public AdminPages Pages => _pages;

    /// <summary>Who has logged in; null when nobody needs to.</summary>
    public AdminSessions? Sessions => _login?.Sessions;

    /// <summary>Whether a page is open, and what is done for it.</summary>
    public AdminWatch Watch => _watch;

    /// <summary>Nothing is told any more.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        _login?.Dispose();
    }

    private static Namespace Claim(SocketIOServer io, string name)
    {
        var taken = $"The admin page is to have the namespace \"{name}\", but the application uses it: give SocketIOAdminOptions.Namespace another name";
        if (io.Namespaces.Any(ns => ns.Name == name))
            throw new InvalidOperationException($"{taken}.");
        var ns = io.Of(name);
        if (ns.Life.Parent is not null)
            throw new InvalidOperationException($"{taken}, which none of its patterns matches.");
        ns.AlwaysAsksMiddlewares = true;
        return ns;
    }

    private AdminLogin Guarded(AdminLogin login)
    {
        _ns.Use(login.AuthenticateAsync);
        _peers.OnSession(login.Sessions.Learn);
        _peers.OnSessionQuestion(login.Sessions.RestOf);
        return login;
    }

    private async ValueTask OnPageAsync(Socket socket)
    {
        var page = new AdminPage(socket, WhoIs(socket));
        if (!_pages.TryAdd(page))
        {
            Log.TooManyPages(_logger, AdminPages.Most, socket.ClientConnection.RemoteAddress);
            await socket.DisconnectAsync().ConfigureAwait(false);
            return;
        }

        socket.OnDisconnect(_ => OnPageLeft(page));
        if (_login?.TakeNewSession(socket) is { } session)
            page.Send(AdminMessage.Of("session", json => json.WriteStringValue(session)));
        page.Send(AdminMessage.Of("config", WriteConfig));
        Log.Opened(_logger, page.Who, socket.ClientConnection.RemoteAddress, _options.ReadOnly);
        _watch.Begin();
        if (_isDevelopment)
            _io.Guard.Observe("admin-sockets", ShowAsync(page));
    }

    private void OnPageLeft(AdminPage page)
    {
        if (!_pages.Remove(page.Socket))
            return;
        Log.Closed(_logger, page.Who, page.LeftOut);
        if (_pages.IsEmpty)
            _io.Guard.Observe("admin-unwatch", TellUnwatchAsync());
    }

    private async Task TellUnwatchAsync()
    {
        try
        {
            await _peers.TellUnwatchAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The server is closed: nobody believes for long that it has pages.
        }
    }

    private string WhoIs(Socket socket)
    {
        if (_login is not null)
            return _options.UserName!;
        return socket.User.Identity is { IsAuthenticated: true } user ? user.Name ?? "somebody without a name" : "anybody";
    }

    private void WriteConfig(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("supportedFeatures");
        foreach (var command in _options.ReadOnly ? [] : Commands)
            json.WriteStringValue(command);
        json.WriteStringValue("AGGREGATED_EVENTS");
        if (_isDevelopment)
            json.WriteStringValue("ALL_EVENTS");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Not on the thread that carries out what other workers send: there may be thousands.
    private byte[] AnswerWithSockets(int most) =>
        AdminSockets.ToJson(_isDevelopment ? AdminSockets.OfWorker(_io, _view, Math.Clamp(most, 0, _options.MaxSockets)) : []);

    /// <summary>Shows a page all sockets of all workers.</summary>
    private async Task ShowAsync(AdminPage page)
    {
        _snapshots.AddOrUpdate(page, new(_io.Time.GetTimestamp()));
        var asked = _peers.AskForSocketsAsync(_options.MaxSockets);
        var sockets = AdminSockets.OfWorker(_io, _view, _options.MaxSockets);
        foreach (var more in await asked.ConfigureAwait(false))
            sockets.AddRange(AdminSockets.Read(more, _options.MaxSockets - sockets.Count));
        page.Show(sockets);
    }

    /// <summary>Where messages were left out, the page's picture is wrong: it gets another one, not too often.</summary>
    private void RenewSockets()
    {
        foreach (var page in _isDevelopment ? _pages.All : [])
        {
            if (!_snapshots.TryGetValue(page, out var shown) || _io.Time.GetElapsedTime(shown.Value) < BetweenSnapshots || !page.TakeLoss(out var leftOut))
                continue;
            Log.LeftOut(_logger, page.Who, leftOut);
            _io.Guard.Observe("admin-sockets", ShowAsync(page));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6001, LogLevel.Warning,
            "The admin namespace {Namespace} is open to everybody who can reach this server (read-only: {IsReadOnly}): set "
            + "SocketIOAdminOptions.PasswordHash or Policy, unless a network keeps strangers out.",
            EventName = "AdminPageOpen")]
        public static partial void Open(ILogger logger, string @namespace, bool isReadOnly);

        [LoggerMessage(6002, LogLevel.Warning,
            "{Most} admin pages are open on this worker; one more at {Address} was disconnected.",
            EventName = "AdminPageTooManyPages")]
        public static partial void TooManyPages(ILogger logger, int most, IPAddress? address);

        [LoggerMessage(6003, LogLevel.Information, "{User} at {Address} has opened an admin page (read-only: {IsReadOnly}).", EventName = "AdminPageOpened")]
        public static partial void Opened(ILogger logger, string user, IPAddress? address, bool isReadOnly);

        [LoggerMessage(6004, LogLevel.Information,
            "An admin page of {User} was closed; {LeftOut} messages were left out, for it could not keep up.",
            EventName = "AdminPageClosed")]
        public static partial void Closed(ILogger logger, string user, long leftOut);

        [LoggerMessage(6005, LogLevel.Information,
            "An admin page of {User} could not keep up, and {LeftOut} messages were left out; its list of sockets is sent anew.",
            EventName = "AdminPageLeftOut")]
        public static partial void LeftOut(ILogger logger, string user, long leftOut);
    }
}
