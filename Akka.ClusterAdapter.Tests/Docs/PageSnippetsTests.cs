using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Akka.Configuration;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using YamlDotNet.RepresentationModel;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>
/// No block of code of any page escapes. C# stands, line by line, in a file that the compiler checks: an example, or one of the tests'
/// <c>*Snippets.cs</c>. JavaScript and TypeScript are checked against the types of the official client and server. What is data is read by what reads it.
/// </summary>
public sealed partial class PageSnippetsTests
{
    /// <summary>Pages whose C# is made into programs of their own.</summary>
    private static readonly Dictionary<string, Type> Elsewhere = new()
    {
        ["README.md"] = typeof(ReadmeTests),
        ["docs/contracts.md"] = typeof(ContractsPageTests),
    };

    private static readonly string[] Languages = ["", "csharp", "js", "ts", "html", "hocon", "sh", "text", "xml", "nginx", "json", "yaml", "mermaid"];

    [Fact]
    public void Every_block_of_CSharp_is_compiled()
    {
        var sources = SourceTree.CSharpFiles("examples")
            .Concat(SourceTree.CSharpFiles("Akka.ClusterAdapter.Tests/Docs").Where(file => file.EndsWith("Snippets.cs", StringComparison.Ordinal)))
            .Select(file => Plain(File.ReadAllText(file)))
            .ToList();

        var escaped = Blocks("csharp")
            .Where(block => !Elsewhere.ContainsKey(block.Page) && !sources.Exists(source => source.Contains(Plain(block.Code), StringComparison.Ordinal)));

        Assert.Empty(escaped.Select(block => $"{block}: these lines are in no *Snippets.cs and in no example."));
        Assert.All(Elsewhere.Keys, page => Assert.Contains(Page.All, known => known.Path == page));
    }

    [Fact]
    public void Every_block_says_what_it_is() =>
        Assert.Empty(Page.All.SelectMany(page => page.Blocks).Where(block => !Languages.Contains(block.Language)).Select(block => block.ToString()));

    [Fact]
    public void HOCON_can_be_read() =>
        Assert.All(Blocks("hocon"), block => Assert.False(ConfigurationFactory.ParseString(block.Code).IsEmpty, block.ToString()));

    [Fact]
    public void Data_can_be_read()
    {
        var asInSettings = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        Assert.All(Blocks("json"), block => JsonDocument.Parse(block.Code, asInSettings).Dispose());
        Assert.All(Blocks("xml"), block => XDocument.Parse($"<Part>{block.Code}</Part>"));
        Assert.All(Blocks("yaml"), block => new YamlStream().Load(new StringReader(block.Code)));
    }

    [Fact]
    public async Task Scripts_are_what_the_types_of_client_server_and_Node_allow()
    {
        await using var node = new LineProcess(
            "node", ["snippets.mjs", .. Page.All.Where(page => page.Blocks.Count > 0).Select(page => Page.FullPath(page.Path))], ChatClient.Scripts);

        var code = await node.ExitAsync();

        Assert.True(code == 0, string.Join('\n', node.Lines));
        Assert.Matches("^[1-9][0-9]+ scripts$", node.Lines[^1]);
    }

    private static IEnumerable<Page.Block> Blocks(string language) => Page.All.SelectMany(page => page.Blocks).Where(block => block.Language == language);

    /// <summary>Lines without comments, without what is in front of them, and without empty ones.</summary>
    private static string Plain(string code) => string.Join('\n', Comment().Replace(code, " ").Split('\n')
        .Select(line => Space().Replace(line, " ").Trim())
        .Where(line => line.Length > 0));

    [GeneratedRegex(@"(?<=^|\s)//[^\n]*|/\*.*?\*/", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
