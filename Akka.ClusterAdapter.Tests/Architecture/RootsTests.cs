using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>
/// Wherever the runtime calls this library it enters by way of <c>Diagnostics.Guard</c>: what is thrown there ends no process, and is not lost.
/// </summary>
public sealed class RootsTests
{
    private const string Guard = "Akka.ClusterAdapter.Diagnostics.Guard";
    private const string Root = "Akka.ClusterAdapter.";
    private const string Planted = "Akka.ClusterAdapter.Tests.Architecture.Planted.Engine.UnguardedRoots";
    private const string TaskRun = "System.Threading.Tasks.Task.Run";
    private const string Discarded = "a task that nobody waits for";

    /// <summary>Those without the guard, and why each may be. One that is gone has to go from here too.</summary>
    private static readonly Dictionary<RuntimeRoot, string> Allowed = new()
    {
        [new("Engine.Sessions.FlushLoop", "System.Threading.IThreadPoolWorkItem")] = "its turn, and each session in it, is the guard's",
        [new("Engine.Sessions.FlushLoop.Execute", "System.Threading.ThreadPool.UnsafeQueueUserWorkItem")] = "queues itself",
        [new("Loops.IHeldUp", "System.Threading.IThreadPoolWorkItem")] = "the loop runs all its work by way of the guard",
        [new("Engine.Connections.LoopConnection", "System.Threading.IThreadPoolWorkItem")] = "the loop's work, or the guard's",
        [new("Engine.Connections.LoopTurn.Item", "System.Threading.IThreadPoolWorkItem")] = "the loop's work, or the guard's",
        [new("Clustering.Namespaces.SerialWork", "System.Threading.IThreadPoolWorkItem")] = "the loop's work, or the guard's",
        [new("Clustering.Requests.LoopAsk`1", "System.Threading.IThreadPoolWorkItem")] = "the loop's work, or the guard's",
        [new("Engine.Sessions.Flusher..ctor", "System.Threading.ThreadPool.UnsafeQueueUserWorkItem")] = "queues flush loops only",
        [new("Engine.Sessions.Outbound.Flush", Discarded)] = "catches everything, and ends the session",
        [new("Server.EventDispatcher.Observe", Discarded)] = "catches and logs what the application's code throws; one task less for each handler that waits",
        [new("Server.EventDispatcher.Start", Discarded)] = "the same, for what is counted while it runs",
        [new("Admin.AdminPassword.IsRightAsync", TaskRun)] = "the middleware waits for it",
        [new("Admin.AdminServer..ctor", TaskRun)] = "the worker that has asked waits for it",
        [new("Server.ServerShutdown.EndAsync", TaskRun)] = "every caller of CloseAsync and DrainAsync waits for it",
        [new("Server.ServerShutdown.CloseConnectionsAsync", TaskRun)] = "its bodies are the guard's, for a wait that ends early leaves them to themselves",
        [new("Server.ServerShutdown..ctor", TaskRun)] = "the drain: every caller of DrainAsync waits for it",
        [new("Clustering.Membership.WorkerShutdown.Register", "Akka.Actor.CoordinatedShutdown.AddTask")] =
            "Akka logs a task that fails and goes on to the next phase",
        [new("Clustering.Membership.WorkerShutdown.Register", "Akka.Cluster.Cluster.RegisterOnMemberRemoved")] = "its body is the guard's",
        [new("Microsoft.AspNetCore.Builder.SocketIOGatewayEndpointExtensions.HandleAsync", "Microsoft.AspNetCore.Http.HttpResponse.OnStarting")] =
            "the web server catches it, and that one request fails",
        [new("Clustering.ClusterInstruments..ctor", "System.Diagnostics.Metrics.Meter.CreateObservableGauge")] = "its body is the guard's",
        [new("Clustering.ClusterInstruments.Create", "System.Diagnostics.Metrics.Meter.CreateObservableUpDownCounter")] = "its bodies are the guard's",
        [new("Clustering.ClusterInstruments.Create", "System.Diagnostics.Metrics.Meter.CreateObservableCounter")] = "its body is the guard's",
        [new("Engine.EngineMetrics.Show", "System.Diagnostics.Metrics.Meter.CreateObservableUpDownCounter")] = "its bodies are the guard's",
        [new("Engine.EngineMetrics.Show", "System.Diagnostics.Metrics.Meter.CreateObservableCounter")] = "its bodies are the guard's",
        [new("Engine.EngineMetrics.Show", "System.Diagnostics.Metrics.Meter.CreateObservableGauge")] = "its body is the guard's",
        [new("Gateway.GatewayMetrics..ctor", "System.Diagnostics.Metrics.Meter.CreateObservableUpDownCounter")] = "its body is the guard's",
        [new("Primary.PrimaryMetrics..ctor", "System.Diagnostics.Metrics.Meter.CreateObservableUpDownCounter")] = "its body is the guard's",
        [new("Server.ServerMetrics.Show", "System.Diagnostics.Metrics.Meter.CreateObservableUpDownCounter")] = "its body is the guard's",
        [new("Primary.PrimaryService.StartAsync", TaskRun)] = "StopAsync waits for it",
        [new("Primary.ReloadQueue.RequestAsync", TaskRun)] = "whoever asked waits for it",
        [new("Primary.WorkerProcess..ctor", "System.Diagnostics.Process.add_Exited")] = "sets a result that cannot fail",
    };

    [Fact]
    public void What_the_runtime_calls_goes_through_the_guard()
    {
        using var library = new RuntimeRoots(typeof(PacketType).Assembly.Location);

        var unguarded = library.Find().Where(root => !IsGuard(root)).Select(Shorten).ToHashSet();

        string[] wrong = [.. unguarded.Except(Allowed.Keys).Select(root => root.ToString()), .. Allowed.Keys.Except(unguarded).Select(root => $"gone: {root}")];

        // As a message: xunit shows the beginning of a text or a list only.
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void The_guard_is_what_the_library_uses()
    {
        using var library = new RuntimeRoots(typeof(PacketType).Assembly.Location);

        var means = library.Find().Where(IsGuard).Select(root => root.By).ToHashSet();

        Assert.Superset(
            new HashSet<string>
            {
                "System.TimeProvider.CreateTimer", "System.Threading.ThreadPool.UnsafeQueueUserWorkItem", "System.Threading.CancellationToken.UnsafeRegister",
                "System.Runtime.InteropServices.PosixSignalRegistration.Create", "System.Threading.Thread..ctor", Discarded,
            },
            means);
    }

    [Theory]
    [InlineData("Pool", "System.Threading.ThreadPool.UnsafeQueueUserWorkItem")]
    [InlineData("PoolWithState", "System.Threading.ThreadPool.QueueUserWorkItem")]
    [InlineData("Timer", "System.TimeProvider.CreateTimer")]
    [InlineData("OldTimer", "System.Threading.Timer..ctor")]
    [InlineData("Run", TaskRun)]
    [InlineData("Continue", "System.Threading.Tasks.Task`1.ContinueWith")]
    [InlineData("Registration", "System.Threading.CancellationToken.Register")]
    [InlineData("Signal", "System.Runtime.InteropServices.PosixSignalRegistration.Create")]
    [InlineData("OwnThread", "System.Threading.Thread..ctor")]
    [InlineData("FrameworkEvent", "System.Diagnostics.Process.add_Exited")]
    [InlineData("Discarded", Discarded)]
    [InlineData("DiscardedInLambda", Discarded)]
    [InlineData("DiscardedInAsync", Discarded)]
    [InlineData("Void", "System.Runtime.CompilerServices.AsyncVoidMethodBuilder.Create")]
    [InlineData("", "System.Threading.IThreadPoolWorkItem")]
    public void A_planted_root_is_found(string member, string by)
    {
        using var tests = new RuntimeRoots(typeof(RootsTests).Assembly.Location);

        Assert.Contains(new RuntimeRoot(member.Length == 0 ? Planted : $"{Planted}.{member}", by), tests.Find());
    }

    private static bool IsGuard(RuntimeRoot root) => root.Place == Guard || root.Place.StartsWith(Guard + ".", StringComparison.Ordinal);

    private static RuntimeRoot Shorten(RuntimeRoot root) =>
        root with { Place = root.Place.StartsWith(Root, StringComparison.Ordinal) ? root.Place[Root.Length..] : root.Place };
}
