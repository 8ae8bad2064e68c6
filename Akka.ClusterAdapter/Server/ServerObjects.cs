using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Handler classes and filters: each is a service of the event's scope when it is registered, otherwise made from services. A
/// <see cref="SocketIOServer"/> that one which is made asks for without a key is the one that it works for.
/// </summary>
internal sealed class ServerObjects<T>
    where T : class
{
    private readonly ObjectFactory<T> _create = ActivatorUtilities.CreateFactory<T>([]);
    private readonly bool _takesServer = typeof(T).GetConstructors().SelectMany(static constructor => constructor.GetParameters())
        .Any(static parameter => parameter.ParameterType == typeof(SocketIOServer) && !parameter.IsDefined(typeof(FromKeyedServicesAttribute)));

    /// <summary>The one for an event.</summary>
    /// <param name="services">The event's scope.</param>
    /// <param name="server">Whose event it is for.</param>
    /// <returns>To be ended after the event, before the scope ends.</returns>
    public IServerObject<T> Get(IServiceProvider services, SocketIOServer server) => services.GetService<T>() is { } service
        ? new Lent(service)
        : new Made(_create(_takesServer ? new WithServer(services, server) : services, null));

    /// <summary>A service: its scope disposes of it.</summary>
    private sealed class Lent(T value) : IServerObject<T>
    {
        public T Value => value;

        public ValueTask EndAsync() => default;
    }

    /// <summary>Nobody knows of it but us.</summary>
    private sealed class Made(T value) : IServerObject<T>
    {
        public T Value => value;

        public ValueTask EndAsync()
        {
            if (value is IAsyncDisposable disposable)
                return disposable.DisposeAsync();
            (value as IDisposable)?.Dispose();
            return default;
        }
    }

    private sealed class WithServer(IServiceProvider services, SocketIOServer server) : IKeyedServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(SocketIOServer) ? server : services.GetService(serviceType);

        public object? GetKeyedService(Type serviceType, object? serviceKey) => Keyed.GetKeyedService(serviceType, serviceKey);

        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Keyed.GetRequiredKeyedService(serviceType, serviceKey);

        private IKeyedServiceProvider Keyed =>
            services as IKeyedServiceProvider ?? throw new InvalidOperationException("The application's container knows no keyed services.");
    }
}
