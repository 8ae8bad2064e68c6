using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Akka.ClusterAdapter.Server;

/// <summary>How the primary process runs its workers. Bound when the host starts; a value out of range stops it.</summary>
public sealed class PrimaryOptions
{
    /// <summary>Worker processes to keep running. Default one per core, at least 2.</summary>
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>The program of a worker; null (the default) is the program of the primary itself.</summary>
    public string? Program { get; set; }

    /// <summary>Arguments of a worker; null (the default) are those of the primary when <see cref="Program"/> is null, otherwise none.</summary>
    public IReadOnlyList<string>? Arguments { get; set; }

    /// <summary>Address on which the workers listen. Default 127.0.0.1: only this machine.</summary>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>
    /// TCP port that all workers share. Default 3000; 0 takes a free one when the primary starts. Where the system cannot share a port
    /// between processes (only Linux can), worker n listens on this port + n - 1 instead, and the primary says so.
    /// </summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 3000;

    /// <summary>TCP port of the primary's own cluster member on 127.0.0.1, the workers' seed. Default 0: a free one, kept while the primary lives.</summary>
    [Range(0, 65535)]
    public int ClusterPort { get; set; }

    /// <summary>Name of the actor system; the workers must use the same. Default "socketio".</summary>
    [Required]
    [RegularExpression("[a-zA-Z0-9][a-zA-Z0-9-]*")]
    public string SystemName { get; set; } = "socketio";

    /// <summary>Pause before a dead worker is started again, doubled by every further death. Default 0.2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RestartDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause before a dead worker is started again. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxRestartDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that lived this long starts again with <see cref="RestartDelay"/>. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan HealthyAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A death sooner than this after the start, or before the worker was ready, is an early one. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan EarlyDeathWithin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Early deaths of one worker in a row after which the primary ends everything with a non-zero exit code. Default 5.</summary>
    [Range(1, 1_000_000)]
    public int MaxEarlyDeaths { get; set; } = 5;

    /// <summary>
    /// How long a new worker may take to be ready; a reload that has waited so long for one stops and keeps the old workers. Default 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ReadyTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a worker may take to end after SIGTERM before it is killed: its <c>akka.cluster-adapter.drain-timeout</c>
    /// and at least 5 seconds more. Default 20 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Where the primary's own lines and the standard output of the workers go. Default <see cref="Console.Out"/>.</summary>
    public TextWriter Output { get; set; } = Console.Out;

    /// <summary>Where the primary's failures and the standard error of the workers go. Default <see cref="Console.Error"/>.</summary>
    public TextWriter Error { get; set; } = Console.Error;
}
