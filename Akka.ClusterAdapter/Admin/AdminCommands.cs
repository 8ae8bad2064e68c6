using System.Net;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// Carries out what pages ask for, on all workers, and writes each command and who gave it to the log. Whether it may be is decided here, whatever the page
/// shows. A namespace that is not on this worker is looked for on the others; none is made.
/// </summary>
internal sealed partial class AdminCommands
{
    private const int PerSecond = 20;
    private const int Burst = 100;

    private readonly Namespace _ns;
    private readonly AdminPages _pages;
    private readonly AdminPeers _peers;
    private readonly bool _isReadOnly;
    private readonly ILogger _logger;
    private readonly ILogger _audit;
    private readonly Lock _gate = new();
    private readonly TokenBucket _rate;

    /// <param name="ns">The admin namespace.</param>
    /// <param name="pages">Its pages.</param>
    /// <param name="peers">The other workers.</param>
    /// <param name="isReadOnly">Whether everything is refused.</param>
    /// <param name="logger">Where refusals are logged.</param>
    /// <param name="audit">Where commands are logged: all of them, there are not many in a second.</param>
    public AdminCommands(Namespace ns, AdminPages pages, AdminPeers peers, bool isReadOnly, ILogger logger, ILogger audit)
    {
        (_ns, _pages, _peers, _isReadOnly, _logger, _audit) = (ns, pages, peers, isReadOnly, logger, audit);
        _rate = new(PerSecond, Burst, ns.Server.Time);
        ns.On("emit", (EventContext e) => HandleAsync(AdminCommandKind.Emit, e));
        ns.On("join", (EventContext e) => HandleAsync(AdminCommandKind.Join, e));
        ns.On("leave", (EventContext e) => HandleAsync(AdminCommandKind.Leave, e));
        ns.On("_disconnect", (EventContext e) => HandleAsync(AdminCommandKind.Disconnect, e));
        peers.OnCommand(RunForAnotherAsync);
    }

    private async ValueTask HandleAsync(AdminCommandKind kind, EventContext e)
    {
        var socket = e.Socket!;
        var (who, address) = (_pages.Find(socket)?.Who ?? "a page that has left", socket.ClientConnection.RemoteAddress);
        if (_isReadOnly)
        {
            Log.ReadOnly(_logger, kind, who, address);
            return;
        }

        var command = AdminCommand.Read(kind, e);
        var problem = command is null ? "its arguments are others than the page's" : command.WhatIsWrong(_ns.Server.Options);
        if (problem is null && !TryTake())
            problem = "there are more than 20 in a second";
        if (problem is not null)
        {
            Log.Refused(_logger, kind, who, address, problem);
            return;
        }

        Tell(command!, who, address);
        if (Find(command!.Namespace) is { } ns)
            await command.RunAsync(ns).ConfigureAwait(false);
        else
            await _peers.TellCommandAsync(command.ToJson()).ConfigureAwait(false);
    }

    private async Task RunForAnotherAsync(byte[] json)
    {
        if (!_isReadOnly && AdminCommand.Read(json) is var command && command.WhatIsWrong(_ns.Server.Options) is null && Find(command.Namespace) is { } ns)
            await command.RunAsync(ns.Local).ConfigureAwait(false);
    }

    private Namespace? Find(string name) => _ns.Server.Namespaces.FirstOrDefault(ns => ns.Name == name);

    private bool TryTake()
    {
        lock (_gate)
            return _rate.TryTake();
    }

    private void Tell(AdminCommand command, string who, IPAddress? address)
    {
        try
        {
            var (name, ns, filter) = (LogText.Clean(command.Name), LogText.Clean(command.Namespace), LogText.Clean(command.Filter ?? "everybody"));
            Log.Command(_audit, LogText.Clean(who), address, command.Kind, name, ns, filter, command.Close);
        }
        catch (Exception e)
        {
            // A log that fails is no reason to do nothing, but it must be known.
            _ns.Server.Guard.Fail("admin-audit", e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6021, LogLevel.Information,
            "Admin command of {User} at {Address}: {Command} \"{Name}\" in {Namespace} for {Filter} (closing connections: {Close}).",
            EventName = "AdminCommand")]
        public static partial void Command(
            ILogger logger, string user, IPAddress? address, AdminCommandKind command, string name, string @namespace, string filter, bool close);

        [LoggerMessage(6022, LogLevel.Warning,
            "Admin command {Command} of {User} at {Address} was refused: SocketIOAdminOptions.ReadOnly is set.",
            EventName = "AdminCommandReadOnly")]
        public static partial void ReadOnly(ILogger logger, AdminCommandKind command, string user, IPAddress? address);

        [LoggerMessage(6023, LogLevel.Warning, "Admin command {Command} of {User} at {Address} was refused: {Reason}.", EventName = "AdminCommandRefused")]
        public static partial void Refused(ILogger logger, AdminCommandKind command, string user, IPAddress? address, string reason);
    }
}
