using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>Each C# block of a page stands, line by line, in a file of tests, which is compiled and run.</summary>
public sealed partial class PageSnippetsTests
{
    [Theory]
    [InlineData("testing.md", nameof(TestingSnippets))]
    [InlineData("handlers.md", nameof(HandlerSnippets))]
    [InlineData("authorization.md", nameof(HandlerSnippets))]
    [InlineData("login.md", nameof(LoginSnippets))]
    [InlineData("servers.md", nameof(ServerSnippets))]
    public async Task Every_snippet_of_a_page_is_compiled_and_run(string name, string snippets)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", name));
        var source = Plain(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Docs", snippets + ".cs")));

        var blocks = CodeBlock().Matches(page).Select(match => Plain(match.Groups[1].Value)).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(block, source, StringComparison.Ordinal));
    }

    /// <summary>Lines without what is in front of them, and without empty ones.</summary>
    private static string Plain(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();
}
