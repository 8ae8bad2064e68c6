using System.Text.RegularExpressions;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>Every link of every page leads somewhere: files, anchors, and paths that are named in the text.</summary>
public sealed partial class LinksTests
{
    /// <summary>Roots of paths that a page may name in its text.</summary>
    private static readonly string[] Roots =
    [
        "docs/", "decisions/", "examples/", "benchmarks/", "HOCON/", "Akka.ClusterAdapter/", "Akka.ClusterAdapter.Testing/"
    ];

    [Fact]
    public void Links_lead_to_files_that_are_there_and_to_headings_that_are_in_them()
    {
        var links = Page.All.SelectMany(page => Links(page, Link())).ToList();

        var broken = links.Where(link => !IsThere(link.Page, link.Target)).Select(link => $"{link.Page.Path}({link.Line}): {link.Target}");

        Assert.True(links.Count > 100, $"{links.Count} links were found.");
        Assert.Empty(broken);
    }

    [Fact]
    public void Paths_in_the_text_are_there()
    {
        var paths = Page.All.Where(page => page.Path != "CHANGELOG.md" && !page.Path.StartsWith("docs/decisions/", StringComparison.Ordinal)
            && !page.Path.StartsWith("benchmarks/", StringComparison.Ordinal))
            .SelectMany(page => Links(page, Quoted())).ToList();

        var missing = paths.Where(path => Roots.Any(root => path.Target.StartsWith(root, StringComparison.Ordinal)) && !IsInTree(path.Target))
            .Select(path => $"{path.Page.Path}({path.Line}): {path.Target}");

        Assert.Empty(missing);
    }

    private static IEnumerable<(Page Page, int Line, string Target)> Links(Page page, Regex pattern) =>
        page.Prose.SelectMany(line => pattern.Matches(line.Text).Select(match => (page, line.Number, match.Groups[1].Value)));

    private static bool IsThere(Page page, string target)
    {
        if (Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            return true;
        var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, "");
        var file = path.Length == 0 ? Page.FullPath(page.Path) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Page.FullPath(page.Path))!, path));
        if (anchor.Length == 0)
            return File.Exists(file) || Directory.Exists(file);
        return Page.All.FirstOrDefault(known => Page.FullPath(known.Path) == file) is { } heard && heard.Anchors().Contains(anchor);
    }

    // "decisions/0014-drain.md" on a page of docs is below docs; the number alone names the file, too.
    private static bool IsInTree(string path)
    {
        var full = Page.FullPath(path.StartsWith("decisions/", StringComparison.Ordinal) ? "docs/" + path : path).TrimEnd('/');
        return File.Exists(full) || Directory.Exists(full)
            || (Number().IsMatch(full) && Directory.EnumerateFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full) + "-*.md").Any());
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<!\[)`([\w./@-]+/[\w./@-]*)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"/\d{4}$")]
    private static partial Regex Number();
}
