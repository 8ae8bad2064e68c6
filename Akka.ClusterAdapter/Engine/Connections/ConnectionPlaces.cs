using System.Globalization;
using Akka.ClusterAdapter.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Engine.Connections;

/// <summary>
/// How many connections there may be at once: as many as the process has descriptors, without those that it needs for itself. One more is closed as soon as it
/// is accepted. Without that, strangers who connect and say nothing take the last one, and .NET ends a process that cannot start a thread.
/// </summary>
internal sealed partial class ConnectionPlaces
{
    // Files, threads, links to other workers, and connections that the application opens.
    private const int Least = 128;
    private const int Largest = 1024;
    private const int Share = 8;
    private const int Few = 16;

    private const string Limits = "/proc/self/limits";
    private const string Descriptors = "/proc/self/fd";
    private const string Name = "Max open files";

    private readonly int _most;
    private readonly ILogger _logger;
    private readonly Guard _guard;
    private int _taken;
    private int _isTold;

    /// <param name="most">How many.</param>
    /// <param name="loggers">For what is refused.</param>
    public ConnectionPlaces(int most, ILoggerFactory loggers)
    {
        _most = most;
        _logger = CarefulLoggers.Of(loggers, TimeProvider.System).CreateLogger<ConnectionPlaces>();
        _guard = new(_logger);
    }

    /// <summary>What this process can hold beside what it has open now; no bound where the system does not say.</summary>
    public static int MostNow()
    {
        try
        {
            return File.Exists(Limits) ? MostOf(File.ReadAllText(Limits), Directory.GetFileSystemEntries(Descriptors).Length) : int.MaxValue;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return int.MaxValue;
        }
    }

    /// <param name="limits">What Linux says of the process's limits.</param>
    /// <param name="open">Descriptors that are open already.</param>
    public static int MostOf(string limits, int open)
    {
        var line = limits.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? Math.Max(Few, limit - open - Math.Clamp(limit / Share, Least, Largest))
            : int.MaxValue;
    }

    /// <summary>False when there is no place left; otherwise it has one until it has ended.</summary>
    public bool TryTake(ConnectionContext connection)
    {
        if (Interlocked.Increment(ref _taken) > _most)
        {
            Interlocked.Decrement(ref _taken);
            if (Interlocked.Exchange(ref _isTold, 1) == 0)
                Log.Full(_logger, _most);
            return false;
        }

        _guard.Register(nameof(ConnectionPlaces), static places => places.Leave(), this, connection.ConnectionClosed);
        return true;
    }

    private void Leave()
    {
        // It is told again only when there was room in between.
        if (Interlocked.Decrement(ref _taken) < _most - (_most / Share))
            Volatile.Write(ref _isTold, 0);
    }

    private static partial class Log
    {
        [LoggerMessage(1122, LogLevel.Warning,
            "All {Most} connections that this process has open files for are taken: new ones are closed until some have ended. Allow the process more open "
            + "files (ulimit -n, LimitNOFILE), or look who holds them.",
            EventName = "ConnectionsFull")]
        public static partial void Full(ILogger logger, int most);
    }
}
