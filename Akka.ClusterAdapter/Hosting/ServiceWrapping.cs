using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>Puts something of ours around a service of the framework.</summary>
internal static class ServiceWrapping
{
    /// <summary>
    /// Wraps the service that is registered last, or <typeparamref name="TDefault"/> where there is none yet; the
    /// framework registers its own only where there is none.
    /// </summary>
    public static void Wrap<TService, TDefault>(this IServiceCollection services, Func<TService, IServiceProvider, TService> wrap)
        where TService : class
        where TDefault : class, TService
    {
        var inner = services.LastOrDefault(service => service.ServiceType == typeof(TService) && !service.IsKeyedService)
            ?? ServiceDescriptor.Transient<TService, TDefault>();
        services.Remove(inner);
        services.Add(new ServiceDescriptor(typeof(TService), provider => wrap((TService)Make(provider, inner), provider), inner.Lifetime));
    }

    private static object Make(IServiceProvider provider, ServiceDescriptor service) =>
        service.ImplementationInstance ?? service.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, service.ImplementationType!);
}
