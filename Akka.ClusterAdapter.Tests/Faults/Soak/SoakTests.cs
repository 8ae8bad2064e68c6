using Akka.ClusterAdapter.Faults.Soak;
using Akka.ClusterAdapter.Faults.Soak.Planning;
using Akka.ClusterAdapter.Tests.Architecture;
using Xunit.Abstractions;

namespace Akka.ClusterAdapter.Tests.Faults.Soak;

/// <summary>A cluster of processes with TLS, nginx in front, few clients and few faults: the short share of "make soak".</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_short_soak_finds_nothing()
    {
        using var said = new StringWriter();
        var settings = new SoakSettings
        {
            Length = TimeSpan.FromSeconds(30),
            Seed = 21,
            Clients = 16,
            Rate = 2,
            HasBase = false,
            Away = TimeSpan.FromSeconds(8),
            // Tests run beside it.
            HeartbeatPause = TimeSpan.FromSeconds(20),
            Only = [FaultKind.Restart, FaultKind.DropClients],
        };

        var found = await SoakRun.FindAsync(settings, SourceTree.Root, said);

        output.WriteLine(said.ToString());
        Assert.Empty(found);
    }
}
