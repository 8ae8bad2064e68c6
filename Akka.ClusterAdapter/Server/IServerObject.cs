namespace Akka.ClusterAdapter.Server;

/// <summary>A handler class or a filter for one event. Disposing it disposes of what was made for the event, not of a service.</summary>
internal interface IServerObject<out T> : IAsyncDisposable
    where T : class
{
    T Value { get; }
}
