using System.Net;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the reload of a primary's workers to an endpoint.</summary>
public static class SocketIOReloadEndpointExtensions
{
    private static readonly (int Status, string Line) Stopped =
        (StatusCodes.Status503ServiceUnavailable, "The primary is stopping; not all workers were replaced.");

    /// <summary>
    /// <c>POST</c> replaces the primary's workers one after the other (<see cref="SocketIOWorkers.ReloadAsync"/>) and answers when that is done: 200, or 409
    /// when it stopped early, with one line of text. When the primary is told to stop meanwhile, the reload ends and the answer is 503. Only
    /// processes of this machine may ask, and no web page: any other address, and a request with an <c>Origin</c> header, is 403. (Behind
    /// a proxy of this machine every request looks local: do not let it through there, or require authorization.)
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
        var stopping = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        return endpoints.MapPost(path, context => AnswerAsync(context, workers, stopping)).WithDisplayName("Socket.IO reload");
    }

    private static async Task AnswerAsync(HttpContext context, SocketIOWorkers workers, CancellationToken stopping)
    {
        if (!IsLocal(context))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        var (status, line) = await ReloadAsync(workers, context.RequestAborted, stopping).ConfigureAwait(false);
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(line + "\n", context.RequestAborted).ConfigureAwait(false);
    }

    // The web server waits for its open requests before anything else stops, so this one must not wait for the workers then.
    private static async Task<(int Status, string Line)> ReloadAsync(SocketIOWorkers workers, CancellationToken aborted, CancellationToken stopping)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        try
        {
            var result = await workers.ReloadAsync(enough.Token).ConfigureAwait(false);
            if (result.IsComplete)
                return (StatusCodes.Status200OK, result.Summary);
            return stopping.IsCancellationRequested ? Stopped : (StatusCodes.Status409Conflict, result.Summary);
        }
        catch (InvalidOperationException exception)
        {
            return stopping.IsCancellationRequested ? Stopped : (StatusCodes.Status409Conflict, exception.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return Stopped;
        }
    }

    // Null: a Unix socket, or a server in memory.
    private static bool IsLocal(HttpContext context) =>
        (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address)) && context.Request.Headers.Origin.Count == 0;
}
