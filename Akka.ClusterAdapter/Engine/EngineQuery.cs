using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Akka.ClusterAdapter.Engine;

/// <summary>
/// A query as the protocol has it: names are told apart by their case, as ASP.NET Core's own collection does not, and of several values of one name the last
/// counts.
/// </summary>
internal static class EngineQuery
{
    /// <summary>All parameters.</summary>
    public static Dictionary<string, string> Parse(QueryString query)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(query.Value))
            parameters[pair.DecodeName().ToString()] = pair.DecodeValue().ToString();
        return parameters;
    }

    /// <summary>The three that decide what happens to a request; empty when they are not there.</summary>
    public static (string Transport, string Sid, string Revision) Read(QueryString query)
    {
        var (transport, sid, revision) = ("", "", "");
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            switch (pair.DecodeName().Span)
            {
                case "transport":
                    transport = pair.DecodeValue().ToString();
                    break;
                case "sid":
                    sid = pair.DecodeValue().ToString();
                    break;
                case "EIO":
                    revision = pair.DecodeValue().ToString();
                    break;
            }
        }

        return (transport, sid, revision);
    }
}
