using Microsoft.AspNetCore.Authorization;

namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>Names of policies as what an attribute would say.</summary>
internal static class AuthorizeData
{
    public static IEnumerable<IAuthorizeData> Of(string[] policies) =>
        policies.Length == 0 ? [new AuthorizeAttribute()] : policies.Select(static policy => new AuthorizeAttribute(policy));
}
