using System.Runtime.Loader;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>Runs each message of a real actor as an operation. The actors above it, which are Akka's own, run as always.</summary>
internal sealed class ControlledDispatcher(MessageDispatcherConfigurator configurator) : MessageDispatcher(configurator)
{
    private const string Name = "controlled";

    private static readonly string Settings =
        $$"""
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        {{Name}} {
          type = "{{typeof(ControlledDispatcherConfigurator).AssemblyQualifiedName}}"
          throughput = 1
          throughput-deadline-time = 0ms
          shutdown-timeout = 1d
        }
        """;

    private static readonly Lazy<ActorSystem> System = new(static () =>
    {
        // Akka asks for the dispatcher by its name: here, and not where this program was loaded first.
        using var here = AssemblyLoadContext.GetLoadContext(typeof(ControlledDispatcher).Assembly)!.EnterContextualReflection();
        return ActorSystem.Create("race", Settings);
    });

    private static IActorRef s_parent = ActorRefs.Nobody;

    /// <summary>
    /// Starts what is there for some runs: before the first. One in which a fault is found ends at once, and what was still to run then never does: the next
    /// needs another parent.
    /// </summary>
    public static void Prepare()
    {
        using var here = AssemblyLoadContext.GetLoadContext(typeof(ControlledDispatcher).Assembly)!.EnterContextualReflection();
        s_parent = System.Value.ActorOf(Props.Create(static () => new Parent()).WithDispatcher(Name));
        s_parent.Ask<ActorIdentity>(new Identify(null)).GetAwaiter().GetResult();
    }

    /// <summary>An actor whose messages are operations.</summary>
    public static async Task<IActorRef> StartAsync(Race race, Props props)
    {
        var start = new Start(props.WithDispatcher(Name));
        s_parent.Tell(start, ActorRefs.NoSender);
        await race.IdleAsync();
        return start.Actor!;
    }

    protected override void ExecuteTask(IRunnable run) => Controlled.Add("mailbox", run.Run);

    protected override void Shutdown()
    {
    }

    private sealed record Start(Props Props)
    {
        public IActorRef? Actor { get; set; }
    }

    // Who starts an actor from outside has it made by its parent later.
    private sealed class Parent : ReceiveActor
    {
        public Parent() => Receive<Start>(start => start.Actor = Context.ActorOf(start.Props));
    }
}

/// <summary>Akka's way to a dispatcher.</summary>
internal sealed class ControlledDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly ControlledDispatcher _dispatcher;

    public ControlledDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new(this);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
