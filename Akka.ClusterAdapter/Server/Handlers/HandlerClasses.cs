namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>The handler classes of a namespace, or of a kind of namespaces: each once. Thread-safe.</summary>
internal sealed class HandlerClasses
{
    private readonly Lock _gate = new();
    private Type[] _classes = [];

    /// <summary>One more.</summary>
    /// <param name="handler">The class.</param>
    /// <param name="where">What it handles, for messages.</param>
    /// <exception cref="InvalidOperationException">It is there already: each event would be handled twice.</exception>
    public void Add(Type handler, string where)
    {
        lock (_gate)
        {
            if (_classes.Contains(handler))
                throw new InvalidOperationException(
                    $"{handler.Name} handles {where} already: each event would be handled twice. Take one MapHandler<{handler.Name}>() away.");
            _classes = [.. _classes, handler];
        }
    }
}
