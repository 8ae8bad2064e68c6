using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Tests.Architecture.Planted.Engine;

/// <summary>Uses what its floor may use, and so must not be reported.</summary>
internal static class Innocent
{
    public static void Run(HttpContext context) => context.Abort();
}
