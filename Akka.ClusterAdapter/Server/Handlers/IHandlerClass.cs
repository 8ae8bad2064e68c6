namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>Makes the instances of a handler class.</summary>
internal interface IHandlerClass
{
    /// <summary>The class, for messages.</summary>
    string Name { get; }

    SocketHandler Create(IServiceProvider services, Socket socket);
}
