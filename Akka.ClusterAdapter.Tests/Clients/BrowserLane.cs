using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>One real browser for all tests with pages; they run one after the other, for it draws with the processor.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserLane : IAsyncLifetime, ICollectionFixture<BrowserLane>
{
    public const string Name = "browsers";

    private const string Address = "BROWSER ";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private LineProcess? _browser;
    private string _option = "";

    public async Task InitializeAsync()
    {
        _browser = Node(ChatClient.Scripts, "browser-server.mjs");
        _option = "--browser=" + (await _browser.LineAsync(Address))[Address.Length..];
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
    }

    /// <summary>A script that opens pages in it.</summary>
    internal LineProcess Run(string folder, string script, params string[] arguments) => Node(folder, [script, .. arguments, _option]);

    private static LineProcess Node(string folder, params string[] arguments) => new("node", arguments, folder) { Deadline = Deadline };
}
