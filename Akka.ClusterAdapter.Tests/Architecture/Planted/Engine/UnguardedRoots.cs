using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Akka.ClusterAdapter.Tests.Architecture.Planted.Engine;

/// <summary>One member for each way to be called later without a guard.</summary>
internal sealed class UnguardedRoots : IThreadPoolWorkItem
{
    public static void Pool(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    public static void PoolWithState() => ThreadPool.QueueUserWorkItem(static _ => { }, 0, preferLocal: false);

    public static ITimer Timer(TimeProvider time) => time.CreateTimer(static _ => { }, null, TimeSpan.Zero, TimeSpan.Zero);

    public static Timer OldTimer() => new(static _ => { });

    public static Task Run() => Task.Run(static () => { });

    public static Task Continue(Task<int> task) =>
        task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    public static IDisposable Registration(CancellationToken ct) => ct.Register(static () => { });

    public static IDisposable Signal() => PosixSignalRegistration.Create(PosixSignal.SIGHUP, static _ => { });

    public static void OwnThread() => new Thread(static () => { }).Start();

    public static void FrameworkEvent(Process process) => process.Exited += static (_, _) => { };

    public static void Discarded() => _ = OneAsync();

    public static Action DiscardedInLambda() => static () => { _ = OneAsync(); };

    public static async Task DiscardedInAsync()
    {
        await Task.Yield();
        _ = OneAsync();
    }

    public static async void Void() => await Task.Yield();

    public void Execute()
    {
    }

    private static async Task<int> OneAsync()
    {
        await Task.Yield();
        return 1;
    }
}
