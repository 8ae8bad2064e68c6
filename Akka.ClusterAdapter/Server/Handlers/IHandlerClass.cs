namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>Gives the instances of a handler class.</summary>
internal interface IHandlerClass
{
    /// <summary>The class, for messages.</summary>
    string Name { get; }

    /// <summary>The instance for one event.</summary>
    /// <param name="services">The event's scope.</param>
    /// <param name="socket">Whose event it is.</param>
    /// <exception cref="InvalidOperationException">The class is registered as a service that several sockets share.</exception>
    IServerObject<SocketHandler> Get(IServiceProvider services, Socket socket);
}
