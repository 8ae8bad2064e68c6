using System.Globalization;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// The servers of a member beside the unnamed one, as it writes them into its card: <c>admin json 1000000;jobs json 1000000</c>, with a <c>-</c> in front when
/// it has no unnamed server. Empty where there is nothing to say: a member that knows one server only writes that.
/// </summary>
internal static class PeerServers
{
    private const char Between = ';';
    private const string NoUnnamed = "-;";

    /// <summary>Whether a member has a server.</summary>
    public static bool Has(string servers, string server) =>
        server.Length == 0 ? !servers.StartsWith(NoUnnamed, StringComparison.Ordinal) : Find(servers, server) is not null;

    /// <summary>The parser of a named server; null without that server.</summary>
    public static string? ParserOf(string servers, string server) => Find(servers, server) is { } found ? Uri.UnescapeDataString(found[1]) : null;

    /// <summary>The largest body that a named server takes, in bytes; 0 when that is not known.</summary>
    public static int MaxPayloadOf(string servers, string server) =>
        Find(servers, server) is { } found && int.TryParse(found[2], NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : 0;

    /// <summary>The names of the named ones.</summary>
    public static IEnumerable<string> Names(string servers) => Entries(servers).Select(static entry => entry[0]);

    /// <summary>Writes servers down.</summary>
    /// <param name="parsers">Parsers by server, the unnamed one included when there is one.</param>
    /// <param name="maxPayloads">The largest bodies by server, as far as they are known.</param>
    public static string Write(IReadOnlyDictionary<string, string> parsers, IReadOnlyDictionary<string, int> maxPayloads)
    {
        var named = parsers.Where(static server => server.Key.Length > 0).OrderBy(static server => server.Key, StringComparer.Ordinal)
            .Select(server => string.Create(
                CultureInfo.InvariantCulture, $"{server.Key} {Uri.EscapeDataString(server.Value)} {maxPayloads.GetValueOrDefault(server.Key)}"));
        var text = string.Join(Between, named);
        return text.Length > 0 && !parsers.ContainsKey(ServerName.Unnamed) ? NoUnnamed + text : text;
    }

    private static string[]? Find(string servers, string server) =>
        servers.Length == 0 ? null : Entries(servers).FirstOrDefault(entry => entry[0] == server);

    private static IEnumerable<string[]> Entries(string servers) =>
        servers.Split(Between).Select(static entry => entry.Split(' ')).Where(static parts => parts.Length == 3);
}
