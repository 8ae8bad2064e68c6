using System.Net;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the reload of a primary's workers to an endpoint.</summary>
public static class SocketIOReloadEndpointExtensions
{
    /// <summary>
    /// <c>POST</c> replaces the primary's workers one after the other (<see cref="SocketIOWorkers.ReloadAsync"/>) and answers when that is done: 200, or 409
    /// when it stopped early, with one line of text. Only processes of this machine may ask, and no web page: any other address, and a request with an
    /// <c>Origin</c> header, is 403. (Behind a proxy of this machine every request looks local: do not let it through there, or require authorization.)
    /// </summary>
    /// <param name="endpoints">The primary's web application.</param>
    /// <param name="path">Where. Default <c>/reload</c>.</param>
    /// <exception cref="InvalidOperationException"><c>AddSocketIOWorkers</c> was not called.</exception>
    public static IEndpointConventionBuilder MapSocketIOReload(this IEndpointRouteBuilder endpoints, string path = "/reload")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var workers = endpoints.ServiceProvider.GetService<SocketIOWorkers>()
            ?? throw new InvalidOperationException("MapSocketIOReload needs builder.AddSocketIOWorkers().");
        return endpoints.MapPost(path, context => AnswerAsync(context, workers)).WithDisplayName("Socket.IO reload");
    }

    private static async Task AnswerAsync(HttpContext context, SocketIOWorkers workers)
    {
        if (!IsLocal(context))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        try
        {
            var result = await workers.ReloadAsync(context.RequestAborted).ConfigureAwait(false);
            context.Response.StatusCode = result.IsComplete ? StatusCodes.Status200OK : StatusCodes.Status409Conflict;
            await context.Response.WriteAsync(result.Summary + "\n", context.RequestAborted).ConfigureAwait(false);
        }
        catch (InvalidOperationException exception)
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            await context.Response.WriteAsync(exception.Message + "\n", context.RequestAborted).ConfigureAwait(false);
        }
    }

    // Null: a Unix socket, or a server in memory.
    private static bool IsLocal(HttpContext context) =>
        (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address)) && context.Request.Headers.Origin.Count == 0;
}
