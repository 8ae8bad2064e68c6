using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>The files of the admin page, served by ASP.NET Core's own middleware for files.</summary>
internal static class AdminPageFiles
{
    private const string Remedy = "set it to the directory ui/dist of the npm package @socket.io/admin-ui";
    private const string Index = "index.html";
    private const string File = "file";

    /// <exception cref="InvalidOperationException">There is no page in the directory.</exception>
    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, string? directory)
    {
        if (directory is null)
            throw new InvalidOperationException($"MapSocketIOAdmin needs SocketIOAdminOptions.PageDirectory: {Remedy}, or open the page from elsewhere.");
        var full = Path.GetFullPath(directory);
        if (!System.IO.File.Exists(Path.Combine(full, Index)))
            throw new InvalidOperationException($"SocketIOAdminOptions.PageDirectory \"{directory}\" has no {Index}: {Remedy}.");
        var files = endpoints.CreateApplicationBuilder();
        files.Use(PrepareAsync);
        files.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(full), OnPrepareResponse = Protect });
        return endpoints.MapMethods($"{path}/{{**{File}}}", [HttpMethods.Get, HttpMethods.Head], files.Build()).WithDisplayName("Socket.IO admin page");
    }

    /// <summary>The middleware for files looks at the path, and at nothing that has an endpoint already.</summary>
    private static Task PrepareAsync(HttpContext context, RequestDelegate next)
    {
        var file = (string?)context.Request.RouteValues[File] ?? "";
        var path = context.Request.Path.Value ?? "";
        if (file.Length == 0 && !path.EndsWith('/'))
        {
            // The page names its files relative to itself.
            context.Response.Redirect(path[(path.LastIndexOf('/') + 1)..] + "/");
            return Task.CompletedTask;
        }

        context.SetEndpoint(null);
        context.Request.Path = "/" + (file.Length == 0 ? Index : file);
        return next(context);
    }

    private static void Protect(StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        // A frame of somebody else's page could make its user click here.
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
