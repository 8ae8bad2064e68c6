namespace Akka.ClusterAdapter.Server;

/// <summary>A handler class or a filter for one event.</summary>
internal interface IServerObject<out T>
    where T : class
{
    T Value { get; }

    /// <summary>Disposes of it when it was made for the event; a service is its scope's.</summary>
    ValueTask EndAsync();
}
