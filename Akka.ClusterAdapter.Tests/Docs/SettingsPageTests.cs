using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/settings.md says what the code says. <c>make settings</c> writes it anew.</summary>
public sealed class SettingsPageTests
{
    [Fact]
    public async Task The_page_of_settings_is_that_of_the_code()
    {
        var file = Page.FullPath("docs/settings.md");
        var text = SettingsPage.Text();
        if (Environment.GetEnvironmentVariable("UPDATE_SETTINGS") == "1")
            await File.WriteAllTextAsync(file, text);

        var page = await File.ReadAllTextAsync(file);

        Assert.True(text == page, "docs/settings.md is not what the code says any more: make settings");
    }

    [Fact]
    public void No_options_of_the_library_are_missing()
    {
        // What an adapter is told with each packet is no setting.
        var options = typeof(SocketIOServer).Assembly.GetExportedTypes()
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type != typeof(BroadcastOptions))
            .SelectMany(type => type.GetProperties().Where(property => property.CanWrite && property.DeclaringType == type))
            .Select(property => property.Name);

        var text = SettingsPage.Text();

        Assert.All(options, name => Assert.Contains($"| `{name}` |", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_key_of_the_library_is_read() => Assert.Contains(HoconKey.ReadAll(), key => key is { Path: "seed-dns.port", Default: "8110" }
        && key.Comment.StartsWith("The seed nodes' remoting port", StringComparison.Ordinal));
}
