using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <summary>A request that another worker answers, through this one.</summary>
/// <param name="context">The request.</param>
/// <param name="call">What it is.</param>
internal sealed class Relay(HttpContext context, EngineCall call)
{
    private readonly Lock _gate = new();
    private bool _ended;

    /// <summary>A WebSocket stays until it is cut; anything else is answered sooner or later.</summary>
    public bool IsWebSocket => call.IsUpgrade;

    /// <summary>Whether it waits at the other worker until there is something for its client.</summary>
    public bool IsPoll => !call.IsUpgrade && call.Sid.Length > 0 && HttpMethods.IsGet(call.Method);

    /// <summary>The session it is for; empty for a new one.</summary>
    public string Sid => call.Sid;

    /// <summary>Ends it at both sides; its client comes back by another way.</summary>
    public void Cut()
    {
        // Its context serves the next request as soon as this one has ended.
        lock (_gate)
        {
            if (!_ended)
                context.Abort();
        }
    }

    /// <summary>Its client's next request shall come over another connection.</summary>
    public void LetConnectionGo()
    {
        lock (_gate)
        {
            if (!_ended)
                context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    /// <summary>It was answered.</summary>
    public void End()
    {
        lock (_gate)
            _ended = true;
    }
}
