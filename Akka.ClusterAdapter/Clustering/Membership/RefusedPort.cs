using System.Net.Sockets;
using Akka.Actor;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// Tells a process that has ended from one that stands still or is cut off: its machine answers that nobody listens at its port. Silence, and any other
/// answer, prove nothing.
/// </summary>
internal static class RefusedPort
{
    /// <summary>A listener whose queue is full refuses too, on some systems, but not for so long.</summary>
    private const int Times = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>True when the port of that address refuses connections, three times in half a second.</summary>
    public static async Task<bool> AskAsync(Address address)
    {
        for (var time = 0; time < Times; time++)
        {
            if (time > 0)
                await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
            if (await AskOnceAsync(address).ConfigureAwait(false) != Answer.Refused)
                return false;
        }

        return true;
    }

    /// <summary>True when somebody listens there.</summary>
    public static async Task<bool> IsOpenAsync(Address address) => await AskOnceAsync(address).ConfigureAwait(false) == Answer.Open;

    private static async Task<Answer> AskOnceAsync(Address address)
    {
        if (address is not { Host: { } host, Port: { } port })
            return Answer.None;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await socket.ConnectAsync(host, port, patience.Token).ConfigureAwait(false);
            return Answer.Open;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return Answer.Refused;
        }
        catch (Exception)
        {
            // No route, no name, no answer in time.
            return Answer.None;
        }
    }

    private enum Answer
    {
        None,
        Open,
        Refused,
    }
}
