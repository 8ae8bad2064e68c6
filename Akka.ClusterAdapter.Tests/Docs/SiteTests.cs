using System.Text.Json;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary><c>make docs</c>: a site of all pages and of the API, in which docfx has nothing to complain of.</summary>
[Collection(ProcessTests.Name)]
public sealed class SiteTests
{
    [Fact]
    public async Task The_site_has_every_page_a_table_of_contents_the_API_and_a_search()
    {
        var site = Page.FullPath("artifacts/site");
        await using var docs = new LineProcess(Page.FullPath(".ci/docs"), []) { Deadline = TimeSpan.FromMinutes(10) };

        Assert.True(await docs.ExitAsync() == 0, string.Join('\n', docs.Lines));

        var toc = await File.ReadAllTextAsync(Page.FullPath("docs/toc.yml"));
        Assert.All(Directory.GetFiles(Page.FullPath("docs"), "*.md").Select(Path.GetFileName), page =>
        {
            Assert.True(File.Exists(Path.Combine(site, "docs", Path.ChangeExtension(page!, ".html"))), page);
            Assert.True(page == "index.md" || toc.Contains(page!, StringComparison.Ordinal), $"{page} is not in docs/toc.yml");
        });
        Assert.True(File.Exists(Path.Combine(site, "api", "Akka.ClusterAdapter.Server.SocketIOServer.html")));
        Assert.True(File.Exists(Path.Combine(site, "api", "Akka.ClusterAdapter.Testing.SocketIOTest.html")));
        using var index = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(site, "index.json")));
        Assert.Contains(index.RootElement.EnumerateObject(), entry => entry.Name == "docs/handlers.html");
    }
}
