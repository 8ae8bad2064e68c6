using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The moment from which a process can serve clients.</summary>
internal static class ProcessReadiness
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits, as long as it takes, until the other workers have confirmed this one, or it waits for them no longer.
    /// Without a server there is nothing to wait for.
    /// </summary>
    public static async Task WaitUntilReadyAsync(IServiceProvider services, CancellationToken ct)
    {
        while (services.GetService<SocketIOServers>() is { } servers && !await servers.WaitUntilReadyAsync(ct).ConfigureAwait(false))
            await Task.Delay(Pause, TimeProvider.System, ct).ConfigureAwait(false);
    }

    /// <summary>Waits until this process is ready and listens, for it may do that only when it is ready.</summary>
    public static async Task WaitUntilListeningAsync(IServiceProvider services, CancellationToken ct)
    {
        await WaitUntilReadyAsync(services, ct).ConfigureAwait(false);
        if (services.GetService<SharedPort>() is { } port)
            await port.Listening.WaitAsync(ct).ConfigureAwait(false);
    }
}
