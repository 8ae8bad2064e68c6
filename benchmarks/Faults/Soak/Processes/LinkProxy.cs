using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>
/// Stands in front of a port of one process: the others know only this one. It finds out which process a connection comes from, and treats it as the link
/// between the two. While the process is dead its port refuses, as the real one would.
/// </summary>
internal sealed class LinkProxy(string process, int port, int target, Links links, PortOwners owners) : IDisposable
{
    private readonly Lock _gate = new();
    private Socket? _listener;

    /// <summary>Where the others find the process.</summary>
    public int Port => port;

    /// <summary>Where it listens itself.</summary>
    public int Target => target;

    public void Open()
    {
        lock (_gate)
        {
            if (_listener is not null)
                return;
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            // Connections of its earlier life may still be on their way out.
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(512);
            _ = AcceptAsync(_listener);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    public void Dispose() => Close();

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was closed.
        }
    }

    private async Task ServeAsync(Socket from)
    {
        var to = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        from.NoDelay = true;
        try
        {
            var peer = owners.OwnerOf(((IPEndPoint)from.RemoteEndPoint!).Port);
            await to.ConnectAsync(IPAddress.Loopback, target);
            await new LinkConnection(from, to, peer is null ? null : links.Between(peer, process)).RunAsync();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
