using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>How much of a request's body is read in order to be sent on.</summary>
internal static class RequestBodies
{
    /// <summary>What the bytes between the chunks of a body may be.</summary>
    private const int Framing = 64 * 1024;

    /// <summary>Before a request is sent on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">The largest body that the worker takes, in bytes; 0 when that is not known.</param>
    public static void Prepare(HttpContext context, int most)
    {
        if (!IsSent(context))
            context.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
        // The worker counts itself, and ends the session of a client that sends more; this only bounds what is read for it. Chunks may be as short as six
        // bytes.
        else if (most > 0 && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = (2L * most) + Framing;
    }

    /// <summary>Whether its body is sent on: that of a GET has no meaning.</summary>
    public static bool IsSent(HttpContext context) => !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }
}
