using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>A page for readers: its path below the root, its lines of text and its blocks of code.</summary>
internal sealed partial record Page(string Path, IReadOnlyList<Page.Line> Prose, IReadOnlyList<Page.Block> Blocks)
{
    internal sealed record Line(int Number, string Text);

    internal sealed record Block(string Page, int Number, string Language, string Code)
    {
        public override string ToString() => $"{Page}({Number}) {Language}";
    }

    /// <summary>Every page of the repository that a user reads.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. ((string[])["docs", "examples", "benchmarks", "Akka.ClusterAdapter.Templates"])
            .SelectMany(folder => Directory.EnumerateFiles(FullPath(folder), "*.md", SearchOption.AllDirectories))
            .Concat([FullPath("README.md"), FullPath("CHANGELOG.md")])
            .Where(file => !SourceTree.Segments(file).Any(segment => segment is "node_modules" or "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(file => Read(string.Join('/', SourceTree.Segments(file)))),
    ];

    /// <summary>What a link may name after <c>#</c>, made from the headings as GitHub and docfx do it.</summary>
    public IEnumerable<string> Anchors() =>
        Prose.Where(line => line.Text.StartsWith('#'))
            .Select(line => Mark().Replace(LinkText().Replace(line.Text.TrimStart('#').Trim(), "$1").ToLowerInvariant(), "").Replace(' ', '-'));

    public static string FullPath(string path) => System.IO.Path.Combine(SourceTree.Root, path);

    private static Page Read(string path)
    {
        var (prose, blocks) = (new List<Line>(), new List<Block>());
        List<string>? code = null;
        var (language, start, number) = ("", 0, 0);
        foreach (var line in File.ReadAllLines(FullPath(path)))
        {
            number++;
            if (Fence().Match(line) is { Success: true } fence)
            {
                if (code is not null)
                    blocks.Add(new(path, start, language, string.Join('\n', code) + "\n"));
                code = code is null ? [] : null;
                (language, start) = (fence.Groups[1].Value, number);
            }
            else if (code is not null)
            {
                code.Add(line);
            }
            else
            {
                prose.Add(new(number, line));
            }
        }

        return code is null ? new(path, prose, blocks) : throw new InvalidDataException($"{path}({start}): a block of code has no end.");
    }

    [GeneratedRegex(@"^\s*```(\w*)\s*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Mark();
}
