using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>
/// How header bytes became text in this process and become bytes again, so that what is sent on is what came: the web server's own choice, which an
/// application may have changed.
/// </summary>
/// <param name="kestrel">The web server's settings; another server goes by the same defaults.</param>
internal sealed class HeaderEncodings(KestrelServerOptions kestrel)
{
    /// <summary>Of a request's header. The web server reads UTF-8 unless told otherwise, and refuses what is none.</summary>
    public Encoding OfRequest(string name) => kestrel.RequestHeaderEncodingSelector(name) ?? Encoding.UTF8;

    /// <summary>Of a response's header; null when this process can send ASCII only.</summary>
    public Encoding? OfResponse(string name) => kestrel.ResponseHeaderEncodingSelector(name);

    /// <summary>
    /// Takes out what this process's web server would refuse to send, which would cost the whole answer. The names of what was taken out; null for nothing.
    /// </summary>
    public List<string>? Drop(params ReadOnlySpan<HttpHeaders> all)
    {
        List<string>? dropped = null;
        foreach (var headers in all)
        {
            // Of each collection only what it has: asked for a name that belongs to the other one, it throws.
            var here = headers.NonValidated.Where(header => !header.Value.All(value => CanSend(header.Key, value))).Select(header => header.Key).ToList();
            here.ForEach(name => headers.Remove(name));
            if (here.Count > 0)
                (dropped ??= []).AddRange(here);
        }

        return dropped;
    }

    private bool CanSend(string name, string value)
    {
        if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return true;
        var isAsciiOnly = OfResponse(name) is null;
        foreach (var c in value)
        {
            if ((c < ' ' && c != '\t') || c == '\u007F' || (isAsciiOnly && c > '\u007F'))
                return false;
        }

        return true;
    }
}
