using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Limits;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>
/// Takes requests that other workers forward straight to the engine: their own pipeline has run already (redirection, host filter, rate limits, authorization),
/// and what arrives here is for this worker's session whatever the path. What a gateway forwards, and a new session that a stopping worker sends on, goes
/// through the pipeline like any request, with its client's address. Nobody else can claim either, for nobody else knows the token.
/// </summary>
internal sealed class ForwardedRequestFilter(SocketIOServers servers) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(InvokeAsync);
        next(app);
    };

    private Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Request.Headers;
        if (!headers.TryGetValue(ForwardHeader.Name, out var text))
            return next(context);

        headers.Remove(ForwardHeader.Name);
        if (ForwardHeader.Read(text.ToString()) is not { } forwarded || ClusterOf(forwarded) is not { } here)
        {
            context.Features.Set(ForwardedFeature.Claimed);
            return next(context);
        }

        context.Connection.RemoteIpAddress = forwarded.Address;
        context.Connection.RemotePort = forwarded.Port;
        context.Request.Scheme = forwarded.Scheme;
        if (forwarded.By == ForwardedBy.LeavingWorker)
            context.Features.Set(ForwardedFeature.Moved);
        if (forwarded.By != ForwardedBy.Worker)
        {
            BusyMark.Want(context);
            return next(context);
        }

        context.Features.Set(ForwardedFeature.Trusted);
        var server = here.FirstOrDefault(server => server.Name == forwarded.Server);
        return server is not null ? server.Engine.HandleAsync(context) : RefuseAsync(context);
    }

    /// <summary>The servers of the cluster whose member forwards a request; null when it is nobody of one.</summary>
    private IEnumerable<SocketIOServer>? ClusterOf(ForwardHeader forwarded) =>
        servers.ByCluster.FirstOrDefault(cluster => forwarded.Carries(cluster.Key.ForwardToken));

    /// <summary>For a server that is not here: its session cannot be.</summary>
    private static Task RefuseAsync(HttpContext context)
    {
        var call = EngineCall.Of(context);
        var error = EngineError.UnknownSid(call.Sid);
        return call.IsUpgrade ? Refusal.OfUpgradeAsync(context, error) : Refusal.OfRequestAsync(context, error);
    }
}
