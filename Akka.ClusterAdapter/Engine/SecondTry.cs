namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// Says that whoever stands before the application's pipeline can send this request through it once more, without the credentials that the browser sent along. Simply to forget them at the
/// end would not do: authorization, and gates of the application's own, have let the request pass because of them.
/// </summary>
internal sealed class SecondTry
{
    /// <summary>Whether the engine has left the request unanswered and asks for that.</summary>
    public bool IsWanted { get; private set; }

    public void Ask() => IsWanted = true;
}
