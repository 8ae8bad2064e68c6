using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>A TCP port that leads to another one, as a badly set address would.</summary>
internal sealed class Mirror : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Uri _target;
    private readonly Task _accepting;
    private int _connections;

    public Mirror(int port, Uri target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = PassAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task PassAsync(TcpClient from)
    {
        Interlocked.Increment(ref _connections);
        using (from)
        {
            using var to = new TcpClient();
            try
            {
                await to.ConnectAsync(IPAddress.Loopback, _target.Port);
                await Task.WhenAny(from.GetStream().CopyToAsync(to.GetStream()), to.GetStream().CopyToAsync(from.GetStream()));
            }
            catch (IOException)
            {
            }
        }
    }
}
