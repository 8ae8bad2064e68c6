using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Makes handler classes and filters from services. A <see cref="SocketIOServer"/> that they ask for without a key is the one that they work for.
/// </summary>
internal sealed class ServerObjects<T>
{
    private readonly ObjectFactory<T> _create = ActivatorUtilities.CreateFactory<T>([]);
    private readonly bool _takesServer = typeof(T).GetConstructors().SelectMany(static constructor => constructor.GetParameters())
        .Any(static parameter => parameter.ParameterType == typeof(SocketIOServer) && !parameter.IsDefined(typeof(FromKeyedServicesAttribute)));

    /// <summary>One more.</summary>
    /// <param name="services">Where the rest comes from.</param>
    /// <param name="server">Whose event it is for.</param>
    public T Create(IServiceProvider services, SocketIOServer server) => _create(_takesServer ? new WithServer(services, server) : services, null);

    private sealed class WithServer(IServiceProvider services, SocketIOServer server) : IKeyedServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(SocketIOServer) ? server : services.GetService(serviceType);

        public object? GetKeyedService(Type serviceType, object? serviceKey) => Keyed.GetKeyedService(serviceType, serviceKey);

        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Keyed.GetRequiredKeyedService(serviceType, serviceKey);

        private IKeyedServiceProvider Keyed =>
            services as IKeyedServiceProvider ?? throw new InvalidOperationException("The application's container knows no keyed services.");
    }
}
