using Akka.ClusterAdapter.Engine.Polling;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Engine.Elsewhere;

/// <summary>A request that another worker answers, through this one.</summary>
/// <param name="context">The request; nothing of it is kept but what outlives it.</param>
/// <param name="call">What it is.</param>
internal sealed class Relay(HttpContext context, EngineCall call)
{
    private readonly IConnectionLifetimeNotificationFeature? _connection = context.Features.Get<IConnectionLifetimeNotificationFeature>();
    private readonly RequestCut _cut = new();

    /// <summary>A WebSocket stays until it is cut; anything else is answered sooner or later.</summary>
    public bool IsWebSocket => call.IsUpgrade;

    /// <summary>Whether it waits at the other worker until there is something for its client.</summary>
    public bool IsPoll => !call.IsUpgrade && call.Sid.Length > 0 && HttpMethods.IsGet(call.Method);

    /// <summary>The session it is for; empty for a new one.</summary>
    public string Sid => call.Sid;

    /// <summary>Ends it at both sides; its client comes back by another way.</summary>
    public void Cut() => _cut.Ask();

    /// <summary>Its client's next request shall come over another connection. When this one is over already, that is the connection's next request.</summary>
    public void LetConnectionGo() => _connection?.RequestClose();

    /// <summary>For the request's own code: lets the other worker answer it, and ends it when it is cut.</summary>
    /// <param name="lifetime">The request's.</param>
    /// <param name="forward">Has it answered.</param>
    public async ValueTask<bool> RunAsync(IHttpRequestLifetimeFeature? lifetime, Func<ValueTask<bool>> forward)
    {
        var answer = forward().AsTask();
        if (!await _cut.LetsEndAsync(answer).ConfigureAwait(false))
            lifetime?.Abort();
        return await answer.ConfigureAwait(false);
    }
}
