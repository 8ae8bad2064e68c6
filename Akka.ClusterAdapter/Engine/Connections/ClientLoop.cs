using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <summary>
/// The thread that reads the clients' connections: the cluster's, where there is one, otherwise one of this process's own (docs/decisions/0107).
/// </summary>
/// <param name="cluster">The cluster's; null when there is none, or none yet.</param>
/// <param name="loggers">For what goes wrong.</param>
/// <param name="time">Tells what blocks.</param>
internal sealed partial class ClientLoop(Func<IReceiver?> cluster, ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    public const string ThreadName = "client-links";

    private readonly Lock _gate = new();
    private IReceiver? _own;
    private bool _isDisposed;

    /// <summary>The gate of what is called by it.</summary>
    public Guard Guard { get; } = new(CarefulLoggers.Of(loggers, time).CreateLogger<ClientLoop>());

    public TimeProvider Time => time;

    private ILogger Logger { get; } = CarefulLoggers.Of(loggers, time).CreateLogger<ClientLoop>();

    /// <summary>Who reads a connection that comes now, or whose reader has ended.</summary>
    public IReceiver Current()
    {
        var receiver = cluster() is { IsStopping: false } theirs ? theirs : Own();
        receiver.Work!.ServesClients = true;
        return receiver;
    }

    public ValueTask DisposeAsync()
    {
        IReceiver? own;
        lock (_gate)
            (own, _isDisposed) = (_own, true);
        return own is null ? default : new(own.StopAsync());
    }

    private IReceiver Own()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_own is not null)
                return _own;
            _own = new EpollReceiver(Guard, time, ThreadName);
            _own.Start();
            return _own;
        }
    }

    /// <summary>A connection's handler blocks.</summary>
    public void TellBlocks(string handler) => Log.Blocks(Logger, handler, LoopWork.Blocks);

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Warning,
            "{Handler} has held up the thread that reads the clients for {Patience} and goes on; another thread reads the others. Handlers must not block there.",
            EventName = "ClientThreadHeldUp")]
        public static partial void Blocks(ILogger logger, string handler, TimeSpan patience);
    }
}
