using System.Collections.Concurrent;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Elsewhere;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;


namespace Akka.ClusterAdapter.Engine;

/// <content>A server that is about to stop.</content>
public sealed partial class EngineServer
{
    private volatile bool _isDraining;

    /// <summary>Requests that other workers are answering through this one.</summary>
    internal ConcurrentDictionary<Relay, byte> Relays { get; } = new();

    /// <summary>Takes no new sessions from now on: they are brought to another worker or, when there is none, refused with 503.</summary>
    internal void BeginDrain()
    {
        _isDraining = true;
        foreach (var (_, session) in Sessions)
        {
            if (session.TransportName == TransportNames.WebSocket)
                session.Connections.LetGo();
        }

        // The same for clients of other workers whose WebSockets go through this one.
        var relayed = Relays.Keys.Where(relay => relay.IsWebSocket).Select(relay => relay.Sid).ToHashSet(StringComparer.Ordinal);
        foreach (var connection in KeptConnection.OfRelayed(relayed))
            Guard.Run(nameof(KeptConnection.LetGo), static connection => connection.LetGo(), connection);
    }

    /// <summary>Lets the clients go, in the first half of <paramref name="limit"/> and spread over it; then waits until they are gone, at most to its end.</summary>
    internal Task DrainAsync(Action<EngineSocket> letGo, TimeSpan limit, CancellationToken hurry)
    {
        BeginDrain();
        return new EngineDrain(this, letGo).RunAsync(limit, hurry);
    }

    /// <summary>Has the polls answered that wait at other workers.</summary>
    internal Task ReleasePollsAsync() => Task.WhenAll(Relays.Keys.Where(relay => relay.IsPoll).Select(relay =>
    {
        Guard.Run(nameof(Relay.LetConnectionGo), static relay => relay.LetConnectionGo(), relay);
        return Router!.ReleaseAsync(relay.Sid);
    }));

    /// <summary>The client's next request shall find another worker: this connection ends with its present one.</summary>
    private void LetConnectionGo(HttpContext context)
    {
        if (_isDraining)
            Guard.Run(nameof(KeptConnection.LetGo), static connection => connection?.RequestClose(), context.Features.Get<IConnectionLifetimeNotificationFeature>());
    }

    /// <summary>A new session, on a connection that was kept alive.</summary>
    private async Task TurnAwayAsync(HttpContext context, EngineCall call)
    {
        // A WebSocket would live, and keep this worker from ending after its own clients are gone.
        var mayMove = Router is not null && !(_isDisposed && call.IsUpgrade) && context.Features.Get<ForwardedFeature>() is null;
        if (mayMove && await RelayAsync(context, call, () => Router!.TryForwardNewAsync(context)).ConfigureAwait(false))
            Metrics.Forwarded("moved");
        else
            Postpone(context, call, "draining");
    }

    private async ValueTask<bool> RelayAsync(HttpContext context, EngineCall call, Func<ValueTask<bool>> forward)
    {
        if (!call.IsUpgrade)
            KeptConnection.Of(context)?.Relayed(call.Sid);
        var relay = new Relay(context, call);
        Relays.TryAdd(relay, 0);
        try
        {
            // The other worker's answer has its own.
            context.Response.Headers.CacheControl = default;
            return await relay.RunAsync(context.Features.Get<IHttpRequestLifetimeFeature>(), forward).ConfigureAwait(false);
        }
        finally
        {
            if (!context.Response.HasStarted)
                context.Response.Headers.CacheControl = "no-store";
            Relays.TryRemove(relay, out _);
        }
    }

    /// <summary>What would wait for another worker would keep this one from ending: a poll is answered with nothing, and the client goes on without an upgrade.</summary>
    private static async Task<EngineError?> PutOffAsync(HttpContext context, EngineCall call)
    {
        if (call.IsUpgrade)
            return EngineError.BadRequest("SHUTTING_DOWN");
        await PollingResponse.WriteAsync(context, [new(EnginePacket.Noop, Compress: false)], compressFrom: null).ConfigureAwait(false);
        return null;
    }
}
