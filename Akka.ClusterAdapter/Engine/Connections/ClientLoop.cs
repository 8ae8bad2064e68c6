using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <summary>
/// The thread that reads the clients' connections: the cluster's, where there is one, otherwise one of this process's own (docs/decisions/0107).
/// </summary>
internal sealed partial class ClientLoop : IDisposable, IAsyncDisposable
{
    public const string ThreadName = "client-links";

    // Their names may be made up as the application runs.
    private const int MostKinds = 100;

    private readonly Func<IReceiver?> _cluster;
    private readonly ILogger _logger;
    private readonly Func<IThreadPoolWorkItem, bool?>? _aside;
    private Standby? _mine;
    public static readonly int Mode = int.Parse(Environment.GetEnvironmentVariable("SIO_HYBRID") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
    public bool TryAside(IThreadPoolWorkItem w) => Mode == 2 && (_aside?.Invoke(w) ?? (_mine ??= new Standby(Guard)).TryRun(w));
    private readonly ServerMeter _meter;
    private readonly Counter<long> _counter;
    private readonly ConcurrentDictionary<string, bool> _told = new();
    private readonly Lock _gate = new();
    private EpollReceiver? _own;
    private bool _isDisposed;

    /// <param name="cluster">The cluster's; null when there is none, or none yet.</param>
    /// <param name="aside">x</param>
    /// <param name="loggers">For what goes wrong.</param>
    /// <param name="time">Tells what blocks.</param>
    /// <param name="meters">The application's; null where it has none.</param>
    public ClientLoop(Func<IReceiver?> cluster, Func<IThreadPoolWorkItem, bool?>? aside, ILoggerFactory loggers, TimeProvider time, IMeterFactory? meters = null)
    {
        _cluster = cluster;
        _aside = aside;
        _logger = CarefulLoggers.Of(loggers, time).CreateLogger<ClientLoop>();
        Guard = new(_logger);
        Time = time;
        _meter = new(meters, "");
        _counter = _meter.Meter.CreateCounter<long>(
            "socketio.engine.held_up", "{handler}", "Handlers that held up the thread that reads the clients, so that another one went on.");
    }

    /// <summary>The gate of what is called by it.</summary>
    public Guard Guard { get; }

    public TimeProvider Time { get; }

    /// <summary>Who reads a connection that comes now, or whose reader has ended.</summary>
    /// <exception cref="ObjectDisposedException">The application has ended.</exception>
    public IReceiver Current()
    {
        var receiver = _cluster() is { IsStopping: false } theirs ? theirs : Own();
        receiver.Work!.ServesClients = Mode == 0;
        return receiver;
    }

    /// <summary>What a client has sent takes long, and another thread goes on.</summary>
    public void HeldUp() => _meter.Count(_counter);

    /// <summary>It blocks: told once for each handler.</summary>
    /// <param name="handler">The name of the event, or another word; null when nobody knows.</param>
    public void Blocks(string? handler)
    {
        var name = handler ?? "Something";
        if (_told.Count < MostKinds && _told.TryAdd(name, true))
            Log.Blocks(_logger, name, LoopWork.Blocks);
    }

    public void Dispose() => Guard.Observe(nameof(ClientLoop), End());

    public ValueTask DisposeAsync() => new(End());

    private Task End()
    {
        EpollReceiver? own;
        lock (_gate)
            (own, _isDisposed) = (_own, true);
        _meter.Dispose();
        return own?.StopAsync() ?? Task.CompletedTask;
    }

    private EpollReceiver Own()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_own is not null)
                return _own;
            _own = new EpollReceiver(Guard, Time, ThreadName);
            _own.Start();
            return _own;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1121, LogLevel.Warning,
            "A handler ({Handler}) has held up the thread that reads the clients for {Patience} and goes on; another thread reads the others. With LoopReads "
            + "or akka.cluster-adapter.loop = clients handlers must not block: let it await, or leave the setting out.",
            EventName = "ClientThreadHeldUp")]
        public static partial void Blocks(ILogger logger, string handler, TimeSpan patience);
    }
}
