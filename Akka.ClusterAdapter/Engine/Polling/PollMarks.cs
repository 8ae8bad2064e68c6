using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>
/// Knows a GET that comes twice by its mark, the query's <c>t</c>: official clients write a moment and chance there, letters among them, another one for each
/// request. A client that counts seconds, or always writes the same mark, proves nothing.
/// </summary>
/// <param name="handshake">The mark of the request that the session began with; null for none.</param>
internal struct PollMarks(string? handshake)
{
    private const string Name = "t";

    private ulong _last = HashOf(handshake);
    private bool _changes;

    /// <summary>The mark of a request; null for none.</summary>
    public static string? Of(HttpContext context)
    {
        string? mark = null;
        foreach (var pair in new QueryStringEnumerable(context.Request.QueryString.Value))
        {
            if (pair.DecodeName().Span is Name)
                mark = pair.DecodeValue().ToString();
        }

        return mark;
    }

    /// <summary>Whether the GET before this one had the same mark, and its client does change it.</summary>
    public bool IsAgain(string? mark)
    {
        var hash = HashOf(mark);
        if (hash == 0)
            return false;
        if (hash == _last)
            return _changes;
        _changes |= _last != 0;
        _last = hash;
        return false;
    }

    // 0 for what is no mark.
    private static ulong HashOf(string? mark) =>
        mark is null || !mark.AsSpan().ContainsAnyInRange('A', 'z') ? 0 : XxHash3.HashToUInt64(MemoryMarshal.AsBytes(mark.AsSpan())) | 1;
}
