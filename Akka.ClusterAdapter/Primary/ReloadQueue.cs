using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>One reload at a time; what is asked for meanwhile is one more after it.</summary>
/// <param name="reload">Does it. What it throws reaches those who asked for that reload, and nobody else.</param>
internal sealed class ReloadQueue(Func<Task<ReloadResult>> reload)
{
    private readonly Lock _gate = new();
    private Task<ReloadResult>? _present;
    private Task<ReloadResult>? _next;

    /// <summary>Asks for a reload that begins after this call.</summary>
    public Task<ReloadResult> RequestAsync()
    {
        lock (_gate)
        {
            if (_next is not null)
                return _next;
            if (_present is null or { IsCompleted: true })
                return _present = Task.Run(reload);
            var present = _present;
            return _next = Task.Run(() => FollowAsync(present));
        }
    }

    /// <summary>Completes when none is going on and none waits.</summary>
    public async Task EndAsync()
    {
        while (Last() is { IsCompleted: false } last)
            await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task<ReloadResult>? Last()
    {
        lock (_gate)
            return _next ?? _present;
    }

    private async Task<ReloadResult> FollowAsync(Task present)
    {
        await present.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
            (_present, _next) = (_next, null);
        return await reload().ConfigureAwait(false);
    }
}
