using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>
/// Workers to which this one cannot forward because of their TLS certificates: not good for the address that they advertise, or from nobody whom this process
/// trusts. Their health says so, for
/// clients that poll would lose their sessions at every request that reaches the wrong worker.
/// </summary>
internal sealed class ForwardingFaults
{
    /// <summary>What to do about it.</summary>
    public const string Remedy =
        "Give every worker an HTTP address for the others too (such as http://127.0.0.1:0 where all are on one machine), "
        + "or set akka.cluster-adapter.advertised-url to an https address whose name is in a certificate that the workers trust.";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>What is wrong, for the workers that are still there; null for nothing.</summary>
    /// <param name="isThere">Whether a worker is one of the cluster.</param>
    public string? Describe(Func<string, bool> isThere)
    {
        foreach (var (worker, problem) in _problems)
        {
            if (isThere(worker))
                return $"Requests cannot be forwarded to {problem} {Remedy}";
            _problems.TryRemove(worker, out _);
        }

        return null;
    }

    /// <summary>A worker's certificate is not accepted.</summary>
    public void Add(string worker, string url, string reason) => _problems[worker] = $"{url}: {reason}";

    /// <summary>Forwarding to a worker works.</summary>
    public void Remove(string worker)
    {
        if (!_problems.IsEmpty)
            _problems.TryRemove(worker, out _);
    }

    /// <summary>
    /// Looks at the certificate behind an https address as whoever forwards to it would; null when it is accepted, or nobody answers, which says nothing.
    /// </summary>
    public static async Task<string?> WhyNotTrustedAsync(string url, CancellationToken ct)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address.IdnHost, address.Port, limit.Token).ConfigureAwait(false);
            using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost }, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (AuthenticationException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
