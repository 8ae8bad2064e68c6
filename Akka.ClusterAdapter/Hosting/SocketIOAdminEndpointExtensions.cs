using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the files of the admin page to an endpoint.</summary>
public static class SocketIOAdminEndpointExtensions
{
    /// <summary>
    /// Serves the files of the official admin page, which are in <see cref="SocketIOAdminOptions.PageDirectory"/>. They are the same for everybody and tell
    /// nothing: who may open the page is decided when it connects. With
    /// <c>RequireAuthorization()</c> on the endpoint, strangers do not get the files either. A page that comes from elsewhere needs no endpoint here, but
    /// CORS with credentials.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Where, default <c>/admin-page</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> does not begin with a slash, or is nothing else.</exception>
    /// <exception cref="InvalidOperationException"><c>AddSocketIOAdmin</c> was not called, or the directory is not set or has no page.</exception>
    public static IEndpointConventionBuilder MapSocketIOAdmin(this IEndpointRouteBuilder endpoints, string path = "/admin-page") =>
        Map(endpoints, path, ServerName.Unnamed);

    /// <summary>The same with the settings of <c>AddSocketIOAdmin("chat")</c>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="path">Where.</param>
    /// <param name="server">The server's name.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> does not begin with a slash, or is nothing else, or <paramref name="server"/> is no name for a server.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddSocketIOAdmin</c> was not called for that server, or the directory is not set or has no page.
    /// </exception>
    public static IEndpointConventionBuilder MapSocketIOAdmin(this IEndpointRouteBuilder endpoints, string path, string server)
    {
        ServerName.Check(server);
        return Map(endpoints, path, server);
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, string server)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(path);
        if (!path.StartsWith('/') || path.Trim('/').Length == 0)
        {
            throw new ArgumentException(
                $"\"{path}\" is no path for the admin page: it begins with a slash and has something behind it, as in MapSocketIOAdmin(\"/admin-page\").",
                nameof(path));
        }

        var services = endpoints.ServiceProvider;
        if (!services.GetServices<AddedAdmin>().Any(added => added.Server == server))
        {
            throw new InvalidOperationException(server.Length == 0
                ? "MapSocketIOAdmin needs builder.Services.AddSocketIOAdmin()."
                : $"MapSocketIOAdmin(\"{path}\", \"{server}\") needs builder.Services.AddSocketIOAdmin(\"{server}\").");
        }

        var directory = services.GetRequiredService<IOptionsMonitor<SocketIOAdminOptions>>().Get(server).PageDirectory;
        return AdminPageFiles.Map(endpoints, path.TrimEnd('/'), directory);
    }
}
