namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>A key of the library's HOCON with its default and its comment.</summary>
internal sealed record HoconKey(string Path, string Default, string Comment)
{
    private const string Root = "akka.cluster-adapter";

    /// <summary>Those below <c>akka.cluster-adapter</c> in HOCON/reference.conf, which has one key a line.</summary>
    public static IEnumerable<HoconKey> ReadAll()
    {
        var (path, comment) = (new List<string>(), new List<string>());
        foreach (var line in File.ReadAllLines(Page.FullPath("HOCON/reference.conf")).Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment.Add(line[1..].Trim());
            }
            else
            {
                if (line.EndsWith('{'))
                    path.Add(line[..^1].Trim());
                else if (line == "}")
                    path.RemoveAt(path.Count - 1);
                else if (line.Contains('=', StringComparison.Ordinal) && path is [Root, ..])
                    yield return Create(path, line, comment);
                comment.Clear();
            }
        }
    }

    private static HoconKey Create(List<string> path, string line, List<string> comment)
    {
        var (key, value) = line.Split('=', 2) is [var before, var after] ? (before.Trim(), after.Trim()) : (line, "");
        return new(string.Join('.', [.. path[1..], key]), value, string.Join(' ', comment));
    }
}
