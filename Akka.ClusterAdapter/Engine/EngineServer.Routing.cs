using Akka.ClusterAdapter.Engine.Elsewhere;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <content>Requests for sessions of other workers.</content>
public sealed partial class EngineServer
{
    private int _tag = SessionId.RandomTag();

    /// <summary>The worker's tag in its session ids, 0 to 16,777,215, by which other workers find the owner of a session. Random by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value has more than 24 bits.</exception>
    public int Tag
    {
        get => Volatile.Read(ref _tag);
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, SessionId.TagCount);
            _tag = value;
        }
    }

    /// <summary>Null where every session is this worker's.</summary>
    internal ISessionRouter? Router { get; set; }

    /// <summary>Draws another tag, for another worker has this one. Sessions with the old tag are served on; requests for them that reach another worker are refused.</summary>
    internal int DrawTag()
    {
        var old = Tag;
        int drawn;
        do
            drawn = SessionId.RandomTag();
        while (drawn == old);
        Volatile.Write(ref _tag, drawn);
        return drawn;
    }

    /// <summary>Answers a request whose session is unknown here; the error that is left when nobody else knows it either.</summary>
    private async ValueTask<EngineError?> ForwardAsync(HttpContext context, EngineCall call, EngineError error)
    {
        if (Router is not { } router || context.Features.Get<ForwardedFeature>() is not null)
            return error;
        if (!SessionId.TryGetTag(call.Sid, out var tag) || tag == Tag || !router.Knows(tag))
            return error;

        // The owner trusts this worker with the checks that need no session.
        if (call.IsUpgrade && await CheckUpgradeAsync(context, call, isTrusted: false).ConfigureAwait(false) is { } refusal)
            return refusal;

        if (_isDisposed && (call.IsUpgrade || HttpMethods.IsGet(call.Method)))
            return await PutOffAsync(context, call).ConfigureAwait(false);

        Metrics.Forwarded("sent");
        if (await RelayAsync(context, call, () => router.TryForwardAsync(context, tag)).ConfigureAwait(false))
            return null;
        Metrics.Forwarded("failed");
        Log.ForwardFailed(Logger, call.Method, call.Transport, context.Connection.RemoteIpAddress, SessionId.Short(call.Sid));
        return error;
    }
}
