using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>An actor system's receiving thread, as its dispatchers find it: <c>akka.cluster-adapter.loop</c>.</summary>
internal sealed class ClusterLoop
{
    public const string Key = "akka.cluster-adapter.loop";

    /// <summary>Name of the dispatcher whose actors the thread runs. Only the configuration that the actor system is created with can have it.</summary>
    public const string DispatcherId = "akka.cluster-adapter.loop-dispatcher";

    private static readonly ConditionalWeakTable<ActorSystem, ClusterLoop> All = new();

    private volatile LoopWork? _work;

    private ClusterLoop(Config config) => IsOn = IsWanted(config);

    /// <summary>Whether the thread, when there is one, runs actors.</summary>
    public bool IsOn { get; }

    /// <summary>Told when a thread has taken the place of one that was held up.</summary>
    public Action? TookOver { get; set; }

    public static ClusterLoop Of(ActorSystem system) => All.GetValue(system, static system => new ClusterLoop(system.Settings.Config));

    /// <summary>The dispatcher of the cluster's own actors; the default one where none is configured.</summary>
    public static string DispatcherOf(ActorSystem system) =>
        system.Dispatchers.HasDispatcher(DispatcherId) ? DispatcherId : Dispatchers.DefaultDispatcherId;

    /// <exception cref="ConfigurationException">It is none of the words.</exception>
    public static bool IsWanted(Config config) => config.GetString(Key, "cluster") switch
    {
        "cluster" => true,
        "off" => false,
        var other => throw new ConfigurationException($"{Key} is '{other}': it must be cluster or off."),
    };

    /// <summary>Whose work it is, for a log.</summary>
    public static string NameOf(IRunnable run)
    {
        try
        {
            return run is Mailbox mailbox && CellOf(mailbox) is { } cell ? cell.Self.Path.ToString() : "Something";
        }
        catch (MissingMethodException)
        {
            // Akka keeps it to itself, and may call it something else one day.
            return "An actor";
        }
    }

    /// <summary>From now on there is a thread.</summary>
    public void Begin(LoopWork work)
    {
        if (IsOn)
            _work = work;
    }

    /// <summary>From now on there is none, unless it is another one.</summary>
    public void End(LoopWork work) => Interlocked.CompareExchange(ref _work, null, work);

    /// <summary>Has the thread run something; false when there is none.</summary>
    public bool TryRun(IRunnable run) => _work?.TryAdd(run) == true;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell? CellOf(Mailbox mailbox);
}
