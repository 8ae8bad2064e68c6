using System.Collections.Concurrent;
using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>What sits on top of the engine in these tests: notes what it hears and does what the test tells it.</summary>
internal sealed class RecordingHandler : IEngineHandler
{
    private int _inside;

    public ConcurrentQueue<string> Calls { get; } = new();

    public ConcurrentDictionary<string, EngineSocket> Sockets { get; } = new();

    public ConcurrentQueue<(byte[] Data, bool IsBinary)> Messages { get; } = new();

    public ConcurrentQueue<CloseReason> Ends { get; } = new();

    public Action<EngineSocket>? OnOpened { get; set; }

    public Action<EngineSocket, string>? OnMessage { get; set; }

    public Action<EngineSocket>? OnClosed { get; set; }

    public Func<CancellationToken, ValueTask<bool>> Ready { get; set; } = static _ => new(true);

    /// <summary>True when two calls ran at once.</summary>
    public bool HasOverlapped { get; private set; }

    public IEnumerable<string> Texts => Messages.Where(m => !m.IsBinary).Select(m => Encoding.UTF8.GetString(m.Data));

    public ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct) => Ready(ct);

    public void Opened(EngineSocket socket) => Run("opened", () =>
    {
        Sockets[socket.Id] = socket;
        OnOpened?.Invoke(socket);
    });

    public void Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary)
    {
        var data = message.ToArray();
        Run("message", () =>
        {
            Messages.Enqueue((data, isBinary));
            OnMessage?.Invoke(socket, Encoding.UTF8.GetString(data));
        });
    }

    public void Closed(EngineSocket socket, CloseReason reason) => Run("closed", () =>
    {
        Ends.Enqueue(reason);
        OnClosed?.Invoke(socket);
    });

    private void Run(string call, Action action)
    {
        Calls.Enqueue(call);
        HasOverlapped |= Interlocked.Increment(ref _inside) > 1;
        try
        {
            action();
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
