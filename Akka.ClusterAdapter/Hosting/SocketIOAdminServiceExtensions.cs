using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what the official admin page talks to.</summary>
public static class SocketIOAdminServiceExtensions
{
    private const string Section = "SocketIOAdmin";
    private const string NamedSection = "SocketIOAdmins";

    /// <summary>
    /// Lets the official admin page (npm's <c>@socket.io/admin-ui</c>) connect to the server of <c>AddSocketIO()</c>, in a namespace of its own. It shows all
    /// workers of the cluster, whichever it is connected to: add it on each of them, with the same settings. They come from the configuration section
    /// <c>SocketIOAdmin</c>, then from <paramref name="configure"/>, and must say who may open the page; wrong ones stop the application at its start. While
    /// no page is open it costs nothing.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Settings in code; they win over the configuration.</param>
    public static IServiceCollection AddSocketIOAdmin(this IServiceCollection services, Action<SocketIOAdminOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, ServerName.Unnamed, Section, configure);
    }

    /// <summary>
    /// The same for a named server, <c>AddSocketIO("chat")</c>. Settings come from the configuration section <c>SocketIOAdmins:chat</c>, then from <paramref
    /// name="configure"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="server">The server's name.</param>
    /// <param name="configure">Settings in code; they win over the configuration.</param>
    /// <exception cref="ArgumentException"><paramref name="server"/> is no name for a server.</exception>
    public static IServiceCollection AddSocketIOAdmin(this IServiceCollection services, string server, Action<SocketIOAdminOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ServerName.Check(server);
        return Add(services, server, $"{NamedSection}:{server}", configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string server, string section, Action<SocketIOAdminOptions>? configure)
    {
        var options = services.AddOptions<SocketIOAdminOptions>(server)
            .BindConfiguration(section, static binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOAdminOptions>, SocketIOAdminOptionsValidator>());
        if (!services.Any(service => service.ImplementationInstance is AddedAdmin added && added.Server == server))
            services.AddSingleton(new AddedAdmin(server));
        services.TryAddSingleton<AdminLifetime>();
        if (services.All(static service => service.ServiceType != typeof(IHostedService) || service.ImplementationFactory?.Method != Lifetime.Method))
            services.AddSingleton(Lifetime);
        return services;
    }

    private static readonly Func<IServiceProvider, IHostedService> Lifetime = static provider => provider.GetRequiredService<AdminLifetime>();
}
