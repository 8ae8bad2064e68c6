using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What the application's code does wherever it is called, once it is told to begin.</summary>
internal sealed class Misdeed(string way) : IDisposable
{
    public const string Throws = "throws";
    public const string ThrowsLate = "throws late";
    public const string Blocks = "blocks";
    public const string Reenters = "re-enters";
    public const string Cancels = "cancels";

    private const int MostReentries = 20;

    private readonly ManualResetEventSlim _gate = new();
    private int _hasBlocked;
    private int _reentries;
    private volatile bool _hasBegun;

    public static string[] Ways { get; } = [Throws, ThrowsLate, Blocks, Reenters, Cancels];

    /// <summary>Whether it was called since it began.</summary>
    public bool WasCalled { get; private set; }

    public SocketIOServer? Server { get; set; }

    public void Begin() => _hasBegun = true;

    /// <summary>Ends what blocks.</summary>
    public void LetGo() => _gate.Set();

    public void Do()
    {
        if (!_hasBegun)
            return;
        WasCalled = true;
        switch (way)
        {
            case Throws or ThrowsLate:
                throw new InvalidOperationException("thrown by the application");
            case Cancels:
                throw new OperationCanceledException("cancelled by the application");
            case Blocks:
                // Once: some hooks are called for everybody, and the others are to be seen. Longer than anybody waits who must not be held up.
                if (Interlocked.Exchange(ref _hasBlocked, 1) == 0)
                    _gate.Wait(TimeSpan.FromMinutes(2));
                break;
            default:
                Reenter();
                break;
        }
    }

    public async ValueTask DoAsync()
    {
        if (_hasBegun && way == ThrowsLate)
            await Task.Yield();
        Do();
    }

    public async ValueTask<T> DoAsync<T>(T result)
    {
        await DoAsync();
        return result;
    }

    public void Dispose()
    {
        LetGo();
        _gate.Dispose();
    }

    /// <summary>Calls whatever may be called, without waiting; not without end.</summary>
    private void Reenter()
    {
        var io = Server!;
        if (Interlocked.Increment(ref _reentries) > MostReentries)
            return;
        _ = io.EmitAsync("again", 1).AsTask();
        _ = io.FetchSocketsAsync();
        _ = io.SocketsJoinAsync("again").AsTask();
        io.Of("/made-" + _reentries);
        foreach (var socket in io.Of("/").Sockets.Values)
        {
            _ = socket.JoinAsync("again").AsTask();
            _ = socket.EmitAsync("again", 2).AsTask();
            _ = socket.DisconnectAsync().AsTask();
        }
    }
}
