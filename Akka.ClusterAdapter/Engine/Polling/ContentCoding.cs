using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>How an answer may be compressed.</summary>
internal static class ContentCoding
{
    /// <summary>The first of <paramref name="offered"/> that the client accepts, whatever it prefers; null when it accepts none. "q=0" is a refusal.</summary>
    public static string? Choose(HttpRequest request, params ReadOnlySpan<string> offered)
    {
        if (StringValues.IsNullOrEmpty(request.Headers.AcceptEncoding)
            || !StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
            return null;

        foreach (var name in offered)
        {
            if (IsAccepted(accepted, name))
                return name;
        }

        return null;
    }

    private static bool IsAccepted(IList<StringWithQualityHeaderValue> accepted, string name) =>
        accepted.FirstOrDefault(value => value.Value.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } value
            ? value.Quality != 0
            : accepted.Any(static value => value.Value == "*" && value.Quality != 0);
}
