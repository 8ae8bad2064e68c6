namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>
/// A request's end, as others ask for it. They never touch the request: a context that is over is gone, or serves somebody else's request on the same
/// connection. Asking is possible at any time and by anybody, and means nothing once the request is over; what is asked the request's own code does.
/// </summary>
internal sealed class RequestCut
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsAsked => _asked.Task.IsCompleted;

    public void Ask() => _asked.TrySetResult();

    /// <summary>For the request's own code: true when its work has ended, false when it is asked to end before that.</summary>
    public async Task<bool> LetsEndAsync(Task work) => await Task.WhenAny(work, _asked.Task).ConfigureAwait(false) == work;
}
