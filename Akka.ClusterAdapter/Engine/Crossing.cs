namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// Requests of one client on several connections cross on their way: what it sent first may be read last. Where the order matters to it, a request
/// waits a moment for the one it may have overtaken. Real time, whatever the sessions' clock.
/// </summary>
internal static class Crossing
{
    private const int Looks = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits at most 50 ms; true as soon as <paramref name="condition"/> holds.</summary>
    public static async ValueTask<bool> WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < Looks && !condition(); i++)
            await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
        return condition();
    }
}
