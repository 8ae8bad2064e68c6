using System.Net.Sockets;
using Akka.ClusterAdapter.Loops;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>The cluster's port. When the process has no descriptor left it looks again a second later; whoever knocks waits in the kernel's queue.</summary>
/// <param name="socket">Listens, and does not block.</param>
/// <param name="home">Who waits.</param>
/// <param name="accepted">Gets each connection.</param>
/// <param name="logger">For what goes wrong.</param>
/// <param name="accept">How one is taken; <see cref="Socket.Accept"/>, but in tests.</param>
internal sealed partial class Listener(Socket socket, ConnectionHome home, Action<Socket> accepted, ILogger logger, Func<Socket, Socket>? accept = null)
    : IWaiting
{
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Func<Socket, Socket> _accept = accept ?? (static socket => socket.Accept());
    private readonly Lock _gate = new();
    private ITimer? _rest;
    private bool _isClosed;

    public Socket Socket => socket;

    public long Id { get; set; }

    public void Start() => Within(() => home.Receiver.Add(this, Readiness.Reads));

    public void OnReady(Readiness ready)
    {
        try
        {
            var made = _accept(socket);
            // What happens to one of them must not close the port.
            if (!home.Guard.Run("cluster-port", static it => it.accepted(it.made), (accepted, made)))
                made.Dispose();
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
        {
            Log.OutOfDescriptors(logger, exception.Message);
            BeginRest();
        }
        catch (SocketException)
        {
            // Whoever knocked has gone already.
        }
        catch (ObjectDisposedException)
        {
            // Closed meanwhile.
        }
    }

    public void OnLost() => Close();

    public void Close() => Within(() =>
    {
        _isClosed = true;
        _rest?.Dispose();
        home.Receiver.Remove(this);
        socket.Dispose();
    });

    private void BeginRest() => Within(() =>
    {
        home.Receiver.Change(this, Readiness.None);
        _rest?.Dispose();
        _rest = home.Guard.CreateTimer(home.Time, "cluster-port", static me => me.Resume(), this, Rest, Timeout.InfiniteTimeSpan);
    });

    private void Resume() => Within(() => home.Receiver.Change(this, Readiness.Reads));

    private void Within(Action body)
    {
        lock (_gate)
        {
            if (!_isClosed)
                body();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5014, LogLevel.Warning,
            "The cluster's port takes no connection for a second: {Reason}. Allow the process more open files.",
            EventName = "ClusterPortRests")]
        public static partial void OutOfDescriptors(ILogger logger, string reason);
    }
}
