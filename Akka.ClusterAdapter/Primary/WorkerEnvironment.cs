using System.Globalization;
using System.Net;

namespace Akka.ClusterAdapter.Server;

/// <summary>What the primary tells a worker process that it starts; travels in environment variables.</summary>
public sealed record WorkerEnvironment
{
    /// <summary>Exit code of a worker whose configuration is wrong (EX_CONFIG): starting it again would not help, so the primary ends everything.</summary>
    public const int BadConfiguration = 78;

    private const string NumberVariable = "SOCKETIO_WORKER";
    private const string StartVariable = "SOCKETIO_WORKER_START";
    private const string SeedVariable = "SOCKETIO_SEED_NODE";
    private const string ListenVariable = "SOCKETIO_LISTEN";
    private const string SharedVariable = "SOCKETIO_SHARED_PORT";

    /// <summary>What this process was told; null when no primary started it.</summary>
    /// <exception cref="InvalidOperationException">The variables are incomplete or cannot be read.</exception>
    public static WorkerEnvironment? Current => Read(Environment.GetEnvironmentVariable);

    /// <summary>True in a process that a primary has started.</summary>
    internal static bool IsSet => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NumberVariable));

    /// <summary>The worker's number, from 1; a worker that replaces a dead one has the same.</summary>
    public required int Number { get; init; }

    /// <summary>Which start of this number it is, from 1.</summary>
    public required int Start { get; init; }

    /// <summary>Address of the primary's cluster member, such as <c>akka.tcp://socketio@127.0.0.1:40123</c>.</summary>
    public required string SeedNode { get; init; }

    /// <summary>Where the worker listens for clients.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>True when all workers listen on the same port.</summary>
    public required bool IsPortShared { get; init; }

    /// <summary>The name of the actor system, which is that of the seed node.</summary>
    public string SystemName => SeedNode.Split("://")[^1].Split('@')[0];

    // Unlike the address it is never that of an earlier process: by it the primary finds the member of exactly this one.
    /// <summary>Cluster role that only this process has, such as <c>worker-2-start-1</c>.</summary>
    public string Role => string.Create(CultureInfo.InvariantCulture, $"worker-{Number}-start-{Start}");

    internal static WorkerEnvironment? Read(Func<string, string?> variable)
    {
        if (string.IsNullOrEmpty(variable(NumberVariable)))
            return null;
        if (!IPEndPoint.TryParse(variable(ListenVariable) ?? string.Empty, out var listen))
            throw Unreadable(ListenVariable);
        return new WorkerEnvironment
        {
            Number = ReadCount(NumberVariable),
            Start = ReadCount(StartVariable),
            SeedNode = variable(SeedVariable) is { Length: > 0 } seed ? seed : throw Unreadable(SeedVariable),
            Listen = listen,
            IsPortShared = variable(SharedVariable) == "1",
        };

        int ReadCount(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : throw Unreadable(name);

        InvalidOperationException Unreadable(string name) =>
            new($"The environment variable {name} is \"{variable(name)}\"; a worker must be started by its primary.");
    }

    internal IEnumerable<KeyValuePair<string, string>> ToVariables() =>
    [
        new(NumberVariable, Number.ToString(CultureInfo.InvariantCulture)),
        new(StartVariable, Start.ToString(CultureInfo.InvariantCulture)),
        new(SeedVariable, SeedNode),
        new(ListenVariable, Listen.ToString()),
        new(SharedVariable, IsPortShared ? "1" : "0"),
    ];
}
