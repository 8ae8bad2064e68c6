using System.Net.Sockets;
using System.Text;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>The address of an HTTP endpoint on a Unix socket, as the web server writes it: <c>http://unix:/run/chat.sock</c>.</summary>
internal static class UnixSocketUrl
{
    private const string Prefix = "http://unix:/";
    private const string Domain = ".unix.invalid";
    private const int LabelLength = 60;

    public static bool Is(string url) => url.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>
    /// A URL for an HTTP client. It keeps its connections by the name of the host, so that name says which socket it is; any other address stays what it is.
    /// </summary>
    public static string ToRequestUrl(string url)
    {
        if (!Is(url))
            return url;
        // In hexadecimal digits, for the case of a host's letters is lost; in labels as long as a name may have.
        var digits = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(url[(Prefix.Length - 1)..]));
        return $"http://{string.Join('.', digits.Chunk(LabelLength).Select(label => new string(label)))}{Domain}";
    }

    /// <summary>Connects to a host by TCP, or to the socket that the host's name stands for.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var path = PathOf(context.DnsEndPoint.Host);
        var socket = path is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(path is null ? context.DnsEndPoint : new UnixDomainSocketEndPoint(path), ct).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string? PathOf(string host) => host.EndsWith(Domain, StringComparison.Ordinal)
        ? Encoding.UTF8.GetString(Convert.FromHexString(host[..^Domain.Length].Replace(".", "", StringComparison.Ordinal)))
        : null;
}
