using Akka.ClusterAdapter.Server.Authorization;
using Microsoft.AspNetCore.Authorization;

namespace Akka.ClusterAdapter.Server;

/// <content>Who may connect to it.</content>
public sealed partial class Namespace
{
    /// <summary>
    /// Only clients whose user the application's policies allow may connect to it: the policies that are named, or without names the default policy, which asks
    /// for an authenticated user. Decided before the middlewares, for each client that connects from now on, recovered ones included; handlers of requirements
    /// see the <see cref="Socket"/> as their resource. A client that may not gets a <c>connect_error</c> with the message <c>unauthorized</c> (it is not known)
    /// or <c>forbidden</c>. The endpoint's own <c>RequireAuthorization</c> decides about all namespaces, at the handshake.
    /// </summary>
    /// <param name="policies">Names of policies.</param>
    /// <exception cref="InvalidOperationException">There is no such policy, or the application has no authorization.</exception>
    public Namespace RequireAuthorization(params string[] policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        return Require(new(Server.Services, $"The namespace {Name}", AuthorizeData.Of(policies)));
    }

    /// <summary>The same with a policy.</summary>
    /// <exception cref="InvalidOperationException">The application has no authorization.</exception>
    public Namespace RequireAuthorization(AuthorizationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return Require(new(Server.Services, $"The namespace {Name}", [], policy));
    }

    internal Namespace Require(AuthorizationRule rule)
    {
        while (!Life.TryAdd(rule))
            Server.Table.Revive(this);
        return this;
    }
}
