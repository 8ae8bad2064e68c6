using System.Net.Sockets;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>One connection through a proxy.</summary>
internal sealed class LinkConnection(Socket from, Socket to, Link? link) : IDisposable
{
    private readonly CancellationTokenSource _over = new();

    /// <summary>Passes bytes on in both directions until both ends have said goodbye, or one breaks.</summary>
    public async Task RunAsync()
    {
        link?.Add(this);
        try
        {
            await Task.WhenAll(PumpAsync(from, to), PumpAsync(to, from));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Reset();
        }
        finally
        {
            link?.Remove(this);
            Dispose();
        }
    }

    /// <summary>Ends it with a reset at both ends.</summary>
    public void Reset()
    {
        try
        {
            _over.Cancel();
            from.LingerState = to.LingerState = new(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }

        from.Dispose();
        to.Dispose();
    }

    public void Dispose()
    {
        from.Dispose();
        to.Dispose();
    }

    private async Task PumpAsync(Socket source, Socket sink)
    {
        try
        {
            var buffer = new byte[32 * 1024];
            while (await source.ReceiveAsync(buffer, _over.Token) is > 0 and var count)
            {
                if (link is not null)
                    await link.PassAsync(_over.Token);
                for (var sent = 0; sent < count;)
                    sent += await sink.SendAsync(buffer.AsMemory(sent, count - sent), _over.Token);
            }

            if (link is not null)
                await link.PassAsync(_over.Token);
            sink.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await _over.CancelAsync();
            throw;
        }
    }
}
