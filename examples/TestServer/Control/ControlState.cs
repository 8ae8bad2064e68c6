using System.Collections.Concurrent;
using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary>What control operations remember between two commands.</summary>
internal sealed class ControlState
{
    private readonly ConcurrentDictionary<string, Socket> _last = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Namespace, string Name), IDisposable> _listeners = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<object?[]>> _received = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string[]> _left = new();
    private volatile bool _remembersLeft;

    /// <summary>Remembers the latest socket of each namespace and, when asked, who leaves and why.</summary>
    public void Watch(SocketIOServer io)
    {
        foreach (var ns in io.Namespaces)
            ns.OnConnection(socket => Connected(ns, socket));
    }

    /// <summary>Ids and reasons of sockets that came after the first such call and left since the last one.</summary>
    public string[][] TakeLeft()
    {
        _remembersLeft = true;
        var taken = new List<string[]>();
        while (_left.TryDequeue(out var left))
            taken.Add(left);
        return [.. taken];
    }

    public Socket? LastOf(Namespace ns) => _last.GetValueOrDefault(ns.Name) is { Connected: true } socket ? socket : null;

    /// <summary>Replaces the listener of an event.</summary>
    public void Replace(Namespace ns, string name, IDisposable listener)
    {
        if (_listeners.TryRemove((ns.Name, name), out var previous))
            previous.Dispose();
        _listeners[(ns.Name, name)] = listener;
    }

    public void Remember(Namespace ns, EventContext received)
    {
        var values = Enumerable.Range(0, received.Count).Select(i => (object?)received.Get<ControlValue>(i).Json);
        _received.GetOrAdd(ns.Name, _ => new()).Enqueue([received.Name, .. values]);
    }

    /// <summary>What was received since the last call.</summary>
    public object?[][] TakeReceived(Namespace ns)
    {
        var taken = new List<object?[]>();
        while (_received.TryGetValue(ns.Name, out var queue) && queue.TryDequeue(out var received))
            taken.Add(received);
        return [.. taken];
    }

    private void Connected(Namespace ns, Socket socket)
    {
        _last[ns.Name] = socket;
        if (!_remembersLeft)
            return;
        socket.OnDisconnect(reason =>
        {
            _left.Enqueue([socket.Id, reason.ToText()]);
            return default;
        });
    }
}
