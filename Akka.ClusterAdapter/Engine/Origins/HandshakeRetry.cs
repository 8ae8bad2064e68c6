namespace Akka.ClusterAdapter.Engine.Origins;

/// <summary>
/// Says that whoever stands before the application's pipeline can send this request through it once more, without the credentials that the browser sent
/// along. Simply to forget them at the
/// end would not do: authorization, and gates of the application's own, have let the request pass because of them.
/// </summary>
/// <param name="asItCame">What the request brought along the first time.</param>
internal sealed class HandshakeRetry(AmbientCredentialKinds asItCame)
{
    public AmbientCredentialKinds AsItCame => asItCame;

    /// <summary>Whether the engine has left the request unanswered and asks for that.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Whether this is the second time; there is no third.</summary>
    public bool IsDone { get; private set; }

    public void Ask() => IsWanted = !IsDone;

    /// <summary>The second time begins.</summary>
    public void Done() => (IsWanted, IsDone) = (false, true);
}
