using System.ComponentModel.DataAnnotations;

namespace Akka.ClusterAdapter.Server;

/// <summary>Bounds of connection state recovery. Off unless asked for. Wrong ones stop the application at its start.</summary>
public sealed record SessionStoreOptions
{
    /// <summary>How long after its disconnection a client may come back and find what it missed. Default 2 minutes; 1 ms to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxDisconnection { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>True lets a recovered client in without running the namespace's middlewares. Default true.</summary>
    public bool SkipMiddlewares { get; init; } = true;

    /// <summary>
    /// The type of <see cref="Socket.Data"/>. It crosses to another worker as JSON, by the server's JSON options, and is of this type there. Null (the
    /// default) leaves it a <see cref="System.Text.Json.JsonElement"/> until <see cref="Socket.GetData{T}"/> asks for a type. That it can be read back is
    /// checked when it is kept for the first time: if not, a warning says why, and sockets with such data begin anew on another worker.
    /// </summary>
    public Type? DataType { get; init; }

    /// <summary>Most packets one client may have missed; with more it begins anew. Default 256.</summary>
    [Range(0, int.MaxValue)]
    public int MaxPacketsPerSession { get; init; } = 256;

    /// <summary>Most bytes one client may have missed; with more it begins anew. Default 1,000,000.</summary>
    [Range(0, int.MaxValue)]
    public int MaxBytesPerSession { get; init; } = 1_000_000;

    /// <summary>
    /// Most bytes of memory for packets kept on this worker, all that belongs to them counted, for all namespaces together; the oldest of the
    /// namespace that has most go first. Default 64,000,000: some 400,000 small packets.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxBytes { get; init; } = 64_000_000;

    /// <summary>
    /// Most sessions of clients that are away, for all namespaces of this worker together; the oldest of the namespace that has most go first.
    /// Default 100,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxSessions { get; init; } = 100_000;

    /// <summary>
    /// Most bytes of memory for those sessions: the names of their rooms, and their data by about four bytes for each of their JSON. The oldest of
    /// the namespace that has most go first. Default 64,000,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxSessionBytes { get; init; } = 64_000_000;
}
