using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Engine.Origins;

/// <summary>What a CORS policy says about a request's origin.</summary>
internal sealed record CorsDecision(bool IsAllowed, bool MayHaveCredentials)
{
    public const string WithoutCredentials = "the CORS policy allows it without credentials";

    /// <summary>Of two policies the browser sees the headers of both.</summary>
    public CorsDecision Or(CorsDecision? other) => other is null ? this : new(IsAllowed || other.IsAllowed, MayHaveCredentials || other.MayHaveCredentials);
}

/// <summary>
/// The application's CORS service, which remembers what it decided about a WebSocket: the middleware evaluates its policy for it like for any request, and
/// drops the result. So the
/// rule for WebSockets follows every way of giving a policy: <c>UseCors</c> with a policy, a name or the default, <c>RequireCors</c>, attributes.
/// </summary>
internal sealed class CorsWatch(ICorsService inner) : ICorsService
{
    public CorsResult EvaluatePolicy(HttpContext context, CorsPolicy policy)
    {
        var result = inner.EvaluatePolicy(context, policy);
        if (WebSocketHandshake.IsRequested(context))
            context.Features.Set(Of(result).Or(context.Features.Get<CorsDecision>()));
        return result;
    }

    public void ApplyResult(CorsResult result, HttpResponse response) => inner.ApplyResult(result, response);

    /// <summary>What the policy that applies says; null without one.</summary>
    public static async ValueTask<CorsDecision?> DecideAsync(HttpContext context)
    {
        var service = context.RequestServices.GetService<ICorsService>();
        if (service is null || service is CorsWatch || context.Features.Get<CorsDecision>() is not null)
            return context.Features.Get<CorsDecision>();

        // Without AddSocketIO (a bare Engine.IO server) only what the endpoint itself says is known.
        return await PolicyOfAsync(context).ConfigureAwait(false) is { } policy ? Of(service.EvaluatePolicy(context, policy)) : null;
    }

    private static CorsDecision Of(CorsResult result) => new(result.IsOriginAllowed, result.IsOriginAllowed && result.SupportsCredentials);

    private static async ValueTask<CorsPolicy?> PolicyOfAsync(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ICorsMetadata>() switch
    {
        ICorsPolicyMetadata metadata => metadata.Policy,
        IEnableCorsAttribute named when context.RequestServices.GetService<ICorsPolicyProvider>() is { } provider =>
            await provider.GetPolicyAsync(context, named.PolicyName).ConfigureAwait(false),
        _ => null,
    };
}
