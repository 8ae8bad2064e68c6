namespace Akka.ClusterAdapter.Engine.Relaying;

/// <summary>Says that a request came from another worker; it is never sent on.</summary>
/// <param name="IsTrusted">True when it carried this worker's token: the other worker has checked what there was to check.</param>
internal sealed record ForwardedFeature(bool IsTrusted)
{
    public static readonly ForwardedFeature Trusted = new(true);

    /// <summary>A worker that stops has sent a new session here; nothing of it was checked.</summary>
    public static readonly ForwardedFeature Moved = new(false);

    /// <summary>It claims to be forwarded, but anybody can.</summary>
    public static readonly ForwardedFeature Claimed = new(false);
}
