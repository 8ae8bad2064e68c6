using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Origins;
using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Stands before the application's pipeline: sends a WebSocket through it once more, without the credentials that its browser sent along, when the engine asks
/// for that. Also looks at the endpoints once the pipeline is built, so that what they cannot honour stops the application at its start.
/// </summary>
internal sealed class HandshakeFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(InvokeAsync);
        next(app);
        var mapped = MappedEndpoints.Of(app.ApplicationServices);
        mapped.Build();
        mapped.CheckPlaces(app.ApplicationServices);
        app.ApplicationServices.GetRequiredService<SocketIOServers>().Check(mapped);
    };

    private static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.Origin.Count > 0
            && WebSocketHandshake.IsRequested(context)
            && EngineCall.Of(context).Sid.Length == 0
            && AmbientCredentials.AsItCame(context) is var credentials and not AmbientCredentialKinds.None)
        {
            return InvokeTwiceAsync(context, next, credentials);
        }

        return next(context);
    }

    private static async Task InvokeTwiceAsync(HttpContext context, RequestDelegate next, AmbientCredentialKinds credentials)
    {
        var asItCame = new RequestSnapshot(context);
        var again = new HandshakeRetry(credentials);
        context.Features.Set(again);
        await next(context).ConfigureAwait(false);
        if (!again.IsWanted || context.Response.HasStarted)
            return;

        again.Done();
        context.Features.Set<CorsDecision>(null);
        asItCame.RestoreWithoutCredentials();
        await next(context).ConfigureAwait(false);
    }
}
