using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>What the receiving thread does besides.</summary>
internal enum LoopUse
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>It runs the cluster's own actors.</summary>
    Cluster,

    /// <summary>It also reads the clients' connections.</summary>
    Clients,
}

/// <summary>An actor system's receiving thread, as its dispatchers find it: <c>akka.cluster-adapter.loop</c>.</summary>
internal sealed class ClusterLoop
{
    public const string Key = "akka.cluster-adapter.loop";

    /// <summary>Name of the dispatcher whose actors the thread runs. Only the configuration that the actor system is created with can have it.</summary>
    public const string DispatcherId = "akka.cluster-adapter.loop-dispatcher";

    /// <summary>Bytes of the largest message that is worth a <see cref="Tell"/> of its own.</summary>
    public const int MostInTurn = 16 * 1024;

    private static readonly ConditionalWeakTable<ActorSystem, ClusterLoop> All = new();

    private volatile LoopWork? _work;

    private volatile IReceiver? _receiver;
    private volatile Standby? _standby;
    private volatile SenderTurn? _turn;

    private ClusterLoop(Config config) => Use = UseOf(config);

    /// <summary>What the thread, when there is one, does besides receiving.</summary>
    public LoopUse Use { get; }

    /// <summary>Whether the thread, when there is one, runs actors.</summary>
    public bool IsOn => Use != LoopUse.Off;

    /// <summary>Who receives, and runs actors; null when nobody does both.</summary>
    public IReceiver? Receiver => _receiver;

    /// <summary>Whether a thread stands by for what may block.</summary>
    public bool StandsBy => _standby is not null;

    /// <summary>Told when a thread has taken the place of one that was held up.</summary>
    public Action? TookOver { get; set; }

    public static ClusterLoop Of(ActorSystem system) => All.GetValue(system, static system => new ClusterLoop(system.Settings.Config));

    /// <summary>The dispatcher of the cluster's own actors; the default one where none is configured.</summary>
    public static string DispatcherOf(ActorSystem system) =>
        system.Dispatchers.HasDispatcher(DispatcherId) ? DispatcherId : Dispatchers.DefaultDispatcherId;

    /// <exception cref="ConfigurationException">It is none of the words.</exception>
    public static LoopUse UseOf(Config config) => config.GetString(Key, "cluster") switch
    {
        "cluster" => LoopUse.Cluster,
        "clients" => LoopUse.Clients,
        "off" => LoopUse.Off,
        var other => throw new ConfigurationException($"{Key} is '{other}': it must be cluster, clients or off."),
    };

    /// <summary>Refuses what there is no thread for.</summary>
    /// <exception cref="ConfigurationException">It is none of the words, or asks for what the transport cannot do.</exception>
    public static void Check(Config config)
    {
        var hasThread = EpollReceiver.IsThere && TransportSettings.KindOf(config) is (TransportKind.Auto or TransportKind.Epoll);
        if (UseOf(config) == LoopUse.Clients && !hasThread)
        {
            throw new ConfigurationException(
                $"{Key} is clients, which needs epoll: Linux on x64 or arm64, and {TransportSettings.KindKey} = auto or epoll. Set it to cluster.");
        }
    }

    /// <summary>Whose work it is, for a log.</summary>
    public static string NameOf(IThreadPoolWorkItem run)
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
    /// <param name="receiver">Whose it is.</param>
    /// <param name="guard">The gate of another one, for what may block.</param>
    public void Begin(IReceiver receiver, Guard guard)
    {
        if (!IsOn || receiver.Work is not { } work)
            return;
        (_work, _receiver) = (work, receiver);
        // Where clients are on the loop, so is what they cause.
        if (Use != LoopUse.Cluster)
            return;
        _turn = new SenderTurn(guard, work);
        guard.Run(Standby.ThreadName, static it => it.me.Exchange(new Standby(it.guard)), (me: this, guard));
    }

    /// <summary>From now on there is none, unless it is another one.</summary>
    public void End(IReceiver receiver)
    {
        if (Interlocked.CompareExchange(ref _receiver, null, receiver) != receiver)
            return;
        _work = null;
        _turn = null;
        Exchange(null);
    }

    /// <summary>Has the thread run something; false when there is none.</summary>
    public bool TryRun(IRunnable run) => _turn?.TryTake(run) == true || _work?.TryAdd(run) == true;

    /// <summary>
    /// Tells an actor of the loop, or one that is reached by way of it. While the thread sleeps, what this causes is done here, before it returns: for what is
    /// lonely and small. Not for who holds a lock of ours: the actors take some.
    /// </summary>
    public void Tell(IActorRef actor, object message, IActorRef? sender)
    {
        if (_turn is not { } turn || !turn.TryBegin())
        {
            actor.Tell(message, sender);
            return;
        }

        try
        {
            actor.Tell(message, sender);
        }
        finally
        {
            turn.End();
        }
    }

    /// <summary>
    /// Has a lonely item that may block run by a thread that stands by for it: the loop wakes one thread then, and not two. False when that is busy, or there
    /// is none: it is the thread pool's.
    /// </summary>
    public bool TryRunAside(IThreadPoolWorkItem work) => Standby.TryRunBehind(work) || _standby?.TryRun(work) == true;

    private void Exchange(Standby? standby) => Interlocked.Exchange(ref _standby, standby)?.Close();

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell? CellOf(Mailbox mailbox);
}
