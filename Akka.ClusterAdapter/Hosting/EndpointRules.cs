using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>What an engine's endpoints tell the middleware around them, and which conventions they cannot honour.</summary>
internal static partial class EndpointRules
{
    /// <summary>No answer of an engine is ever to be kept for another request, whatever the application caches.</summary>
    private static readonly OutputCacheAttribute NeverCached = new() { NoStore = true };

    private static readonly DisableRequestTimeoutAttribute NoTimeout = new();

    /// <summary>Puts them on an endpoint, and looks at what else was put there when everything has been.</summary>
    public static void Apply(IEndpointConventionBuilder endpoint, IEndpointRouteBuilder where, EngineServer engine, MappedEndpoints mapped, ILogger logger)
    {
        var branch = MappedEndpoints.BranchOf(where);
        NeverCache(endpoint);
        endpoint.Add(built =>
        {
            built.Metadata.Add(new EngineEndpoint(engine));
            built.Metadata.Add(NoTimeout);
        });
        endpoint.Finally(built =>
        {
            mapped.Built(built, branch, engine);
            Check(built, logger);
        });
    }

    /// <summary>Keeps an endpoint out of the output cache; the last word counts there.</summary>
    public static void NeverCache(IEndpointConventionBuilder endpoint) => endpoint.Finally(static built => built.Metadata.Add(NeverCached));

    private static void Check(EndpointBuilder built, ILogger logger)
    {
        foreach (var metadata in built.Metadata)
        {
            if (metadata is IFilterMetadata && !IsReadByRouting(metadata))
            {
                throw new InvalidOperationException($"[{Name(metadata)}] on {built.DisplayName} is a filter of MVC, "
                    + "which does nothing on an endpoint that is no controller's. "
                    + "Take it away, and use what works here: RequireAuthorization, RequireCors, RequireHost, RequireRateLimiting, AddEndpointFilter, "
                    + "or middleware such as UseHttpsRedirection.");
            }

            if ((metadata is OutputCacheAttribute or IOutputCachePolicy && !ReferenceEquals(metadata, NeverCached))
                || metadata is RequestTimeoutAttribute or RequestTimeoutPolicy or IAllowCookieRedirectMetadata)
                Log.NoEffect(logger, Name(metadata), built.DisplayName);
        }
    }

    private static bool IsReadByRouting(object metadata) =>
        metadata is IRequestSizeLimitMetadata or ISkipStatusCodePagesMetadata or IAcceptsMetadata or IProducesResponseTypeMetadata or IAuthorizeData
            or IAllowAnonymous;

    private static string Name(object metadata) =>
        metadata.GetType().Name is var name && name.EndsWith("Attribute", StringComparison.Ordinal) ? name[..^"Attribute".Length] : name;

    private static partial class Log
    {
        [LoggerMessage(4051, LogLevel.Warning,
            "{Convention} has no effect on {Endpoint}: its answers are never cached, its requests wait on purpose, and its refusals are never redirections. "
            + "Take the convention away, or map the endpoint outside of the group that has it.",
            EventName = "ConventionWithoutEffect")]
        public static partial void NoEffect(ILogger logger, string convention, string? endpoint);
    }
}
