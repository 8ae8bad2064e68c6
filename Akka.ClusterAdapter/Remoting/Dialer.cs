using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Loops;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>
/// A connection that is being made. The receiving thread waits for it, so that no other thread has to: .NET's own asynchronous connect would go on waking one
/// for each byte that comes later.
/// </summary>
internal sealed class Dialer : IWaiting
{
    private readonly TaskCompletionSource<Socket> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IReceiver _receiver;
    private int _isOver;

    private Dialer(Socket socket, IReceiver receiver)
    {
        Socket = socket;
        _receiver = receiver;
    }

    public Socket Socket { get; }

    public long Id { get; set; }

    /// <summary>Connects a new socket.</summary>
    /// <param name="socket">Not blocking; disposed of when it fails.</param>
    /// <param name="to">The other side.</param>
    /// <param name="home">Who waits.</param>
    /// <param name="patience">How long that may take.</param>
    /// <exception cref="SocketException">It was refused, or failed.</exception>
    /// <exception cref="TimeoutException">Nobody answered.</exception>
    public static async Task<Socket> ConnectAsync(Socket socket, IPEndPoint to, ConnectionHome home, TimeSpan patience)
    {
        var dialer = new Dialer(socket, home.Receiver);
        using var timer = home.Guard.CreateTimer(
            home.Time,
            "cluster-dial",
            static it => it.dialer.End(new TimeoutException($"Nobody answered at {it.to}.")),
            (dialer, to),
            patience,
            Timeout.InfiniteTimeSpan);
        dialer.Begin(to);
        var made = await dialer._made.Task.ConfigureAwait(false);
        if (!HasMetItself(made))
            return made;
        made.Dispose();
        throw new SocketException((int)SocketError.ConnectionRefused);
    }

    public void OnReady(Readiness ready)
    {
        var error = (SocketError)(int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        End(error == SocketError.Success ? null : new SocketException((int)error));
    }

    public void OnLost() => End(new ObjectDisposedException(nameof(LinkTransport)));

    /// <summary>Where nobody listens, a port of the system's own choice can be the one that is called.</summary>
    private static bool HasMetItself(Socket made)
    {
        try
        {
            return Equals(made.LocalEndPoint, made.RemoteEndPoint);
        }
        catch (SocketException)
        {
            // Gone already, as its reader will find.
            return false;
        }
    }

    private void Begin(IPEndPoint to)
    {
        try
        {
            Socket.Connect(to);
            End(null);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            _receiver.Add(this, Readiness.Writes);
        }
        catch (SocketException exception)
        {
            End(exception);
        }
    }

    private void End(Exception? failure)
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
            return;
        _receiver.Remove(this);
        if (failure is null)
        {
            _made.TrySetResult(Socket);
            return;
        }

        Socket.Dispose();
        _made.TrySetException(failure);
    }
}
