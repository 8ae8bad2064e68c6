using Akka.Actor;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Gateway;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a gateway.</summary>
public static class SocketIOGatewayServiceExtensions
{
    /// <summary>
    /// Adds what <c>MapSocketIOGateway</c> needs. The application's <see cref="ActorSystem"/> must be a member of the workers' cluster without their role:
    /// from Akka.Hosting with <c>WithSocketIOGateway</c>, or any with <c>HOCON/gateway.conf</c>. Settings come from the configuration section
    /// <c>SocketIOGateway</c>, then from <paramref name="configure"/>; wrong ones, and names in that section that are no setting, stop the application at its
    /// start.
    /// </summary>
    public static IServiceCollection AddSocketIOGateway(this IServiceCollection services, Action<SocketIOGatewayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<SocketIOGatewayOptions>()
            .BindConfiguration("SocketIOGateway", static binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOGatewayOptions>, SocketIOGatewayOptionsValidator>());
        services.TryAddSingleton(provider => GatewayExtension.Get(provider.GetRequiredService<ActorSystem>()));
        services.TryAddSingleton<GatewayProxy>();
        return services;
    }
}
