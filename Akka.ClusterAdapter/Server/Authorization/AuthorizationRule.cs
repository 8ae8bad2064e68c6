using System.Reflection;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>Who may: what <c>[Authorize]</c> and <c>RequireAuthorization</c> ask for, by the application's own policies.</summary>
internal sealed class AuthorizationRule
{
    private readonly IAuthorizeData[] _data;
    private readonly AuthorizationPolicy? _own;
    private readonly IServiceScopeFactory _scopes;
    private AuthorizationPolicy? _known;

    /// <param name="services">The application's services.</param>
    /// <param name="what">What it guards, for messages.</param>
    /// <param name="data">Policies, roles.</param>
    /// <param name="own">Another policy; null for none.</param>
    /// <exception cref="InvalidOperationException">The application has no authorization, or no such policy, or asks for schemes.</exception>
    public AuthorizationRule(IServiceProvider? services, string what, IEnumerable<IAuthorizeData> data, AuthorizationPolicy? own = null)
    {
        (_data, _own) = ([.. data], own);
        if (services?.GetService(typeof(IAuthorizationService)) is null || services.GetService(typeof(IAuthorizationPolicyProvider)) is null)
            throw new InvalidOperationException($"{what} requires authorization, and the application has none: call builder.Services.AddAuthorization().");
        _scopes = services.GetRequiredService<IServiceScopeFactory>();
        using var scope = _scopes.CreateScope();
        try
        {
            // A policy that does not exist is found now. One that is looked up elsewhere takes as long as it takes, once.
            _ = PolicyAsync(scope.ServiceProvider).AsTask().GetAwaiter().GetResult();
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{what} cannot be authorized: {e.Message}", e);
        }
    }

    /// <summary>What the attributes of a class, method or lambda ask for; null when they ask for nothing.</summary>
    public static AuthorizationRule? Of(IServiceProvider? services, string what, MemberInfo member)
    {
        var attributes = member.GetCustomAttributes(inherit: true);
        var data = attributes.OfType<IAuthorizeData>().ToArray();
        var requirements = attributes.OfType<IAuthorizationRequirementData>().SelectMany(static each => each.GetRequirements()).ToArray();
        if (data.Length == 0 && requirements.Length == 0 && !attributes.OfType<IAuthorizationRequirementData>().Any())
            return null;
        var own = requirements.Length > 0 ? new AuthorizationPolicy(requirements, []) : null;
        // Marked, and nothing is required: whoever is known, as the default policy has it.
        return new(services, what, data.Length == 0 && own is null ? [new AuthorizeAttribute()] : data, own);
    }

    /// <summary>Whether a user may.</summary>
    /// <param name="user">The user.</param>
    /// <param name="resource">What handlers of requirements see: the socket, or the event.</param>
    public async ValueTask<bool> AllowsAsync(ClaimsPrincipal user, object resource)
    {
        var scope = _scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var services = scope.ServiceProvider;
            var policy = await PolicyAsync(services).ConfigureAwait(false);
            var result = await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(user, resource, policy).ConfigureAwait(false);
            return result.Succeeded;
        }
    }

    private static InvalidOperationException Schemes(string schemes) =>
        new($"it asks for the authentication schemes \"{schemes}\", and a connected client is not authenticated again. "
            + "Its user is that of its first request, or of its token (SocketIOOptions.TokenScheme): ask for a policy without schemes, or for roles.");

    private async ValueTask<AuthorizationPolicy> PolicyAsync(IServiceProvider services)
    {
        if (_known is { } known)
            return known;
        var provider = services.GetRequiredService<IAuthorizationPolicyProvider>();
        var named = await AuthorizationPolicy.CombineAsync(provider, _data).ConfigureAwait(false);
        var policy = (named, _own) switch
        {
            ({ } one, { } other) => AuthorizationPolicy.Combine(one, other),
            ({ } one, null) => one,
            (null, { } other) => other,
            _ => await provider.GetDefaultPolicyAsync().ConfigureAwait(false),
        };
        // Whoever is known by another scheme would be let in.
        if (policy.AuthenticationSchemes.Count > 0)
            throw Schemes(string.Join(", ", policy.AuthenticationSchemes));
        if (provider.AllowsCachingPolicies)
            _known = policy;
        return policy;
    }
}
