using Akka.ClusterAdapter.Tests.Interop;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The ports of well-known examples (docs/from-node-examples.md), used by the official client.</summary>
public sealed class FromNodeExamplesTests
{
    [Fact]
    public async Task The_official_client_finds_what_it_knows()
    {
        await using var example = await ExampleProgram.StartAsync("FromNode");

        foreach (var scenario in (string[])["private_messages", "crud", "jwt"])
            await NodeScenario.PassesAsync(scenario, [example.Url]);
    }
}
