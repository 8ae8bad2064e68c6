using System.Security.Claims;
using Akka.ClusterAdapter.Server.Filters;

namespace Akka.ClusterAdapter.Server.Authorization;

/// <summary>What a client is told that may not: whether it is not known, or known and not allowed, and no more.</summary>
internal static class Refusal
{
    public static EventException OfEvent(ClaimsPrincipal user) => new(MessageFor(user)) { Code = MessageFor(user), Rejection = Rejections.Unauthorized };

    public static ConnectRefusal OfConnect(ClaimsPrincipal user, string by) => new(new(MessageFor(user)), Rejections.Unauthorized, by);

    private static string MessageFor(ClaimsPrincipal user) => user.Identity?.IsAuthenticated == true ? FailureCodes.Forbidden : FailureCodes.Unauthorized;
}
