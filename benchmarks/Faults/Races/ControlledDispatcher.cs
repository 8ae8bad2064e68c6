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

    private static readonly Lazy<IActorRef> TopParent = new(static () =>
    {
        // Akka asks for the dispatcher by its name: here, and not where this program was loaded first.
        using var here = AssemblyLoadContext.GetLoadContext(typeof(ControlledDispatcher).Assembly)!.EnterContextualReflection();
        var system = ActorSystem.Create("race", Settings);
        var parent = system.ActorOf(Props.Create(static () => new Parent()).WithDispatcher(Name));
        parent.Ask<ActorIdentity>(new Identify(null)).GetAwaiter().GetResult();
        return parent;
    });

    /// <summary>Starts what is there for all runs: before the first.</summary>
    public static void Prepare() => _ = TopParent.Value;

    /// <summary>An actor whose messages are operations.</summary>
    public static async Task<IActorRef> StartAsync(Race race, Props props)
    {
        var start = new Start(props.WithDispatcher(Name));
        TopParent.Value.Tell(start, ActorRefs.NoSender);
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
