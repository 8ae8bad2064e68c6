using Akka.ClusterAdapter.Tests.Benchmarks;
using Akka.ClusterAdapter.Tests.Clients;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Delivery;
using Akka.ClusterAdapter.Tests.Docs;
using Akka.ClusterAdapter.Tests.Gateway;
using Akka.ClusterAdapter.Tests.Hostile;
using Akka.ClusterAdapter.Tests.Interop;
using Akka.ClusterAdapter.Tests.Primary;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Akka.ClusterAdapter.Tests.LongestFirst", "Akka.ClusterAdapter.Tests")]

namespace Akka.ClusterAdapter.Tests;

/// <summary>
/// What takes long begins early, so that nothing long is left over at the end. Collections that start processes are spread:
/// a few of them always run beside tests of this process, and never all of them at once. No test may depend on this order.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>How many collections with processes begin at once.</summary>
    private const int AtOnce = 2;

    /// <summary>After each of them come so many of this process.</summary>
    private const int Between = 6;

    private static readonly string[] WithProcesses =
    [
        ProcessTests.Name, ThreeWorkers.Name, PackageLane.Name, Of<ClusterExampleTests>(), TwoWorkers.Name, BrowserLane.Name, Of<OfficialClientTests>(),
        Of<RoutedClientTests>(),
        Of<ClientDrainTests>(), Of<GatewayTests>(), Of<LoadClientTests>(), Of<EmitterProcessTests>(), Of<TelemetryProcessTests>(),
        Of<RecoveryTests>(),
    ];

    private static readonly string[] Long =
    [
        Of<ClusterLifeTests>(), Of<PacketTests>(), Of<MediatorTests>(), Of<GatewayFaultTests>(), Of<ForwardingTests>(), Of<IslandTests>(),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
    {
        var all = testCollections.OrderBy(collection => collection.DisplayName, StringComparer.Ordinal).ToList();
        var processes = new Queue<ITestCollection>(Take(all, WithProcesses));
        var others = new Queue<ITestCollection>([.. Take(all, Long), .. all]);
        for (var i = 0; processes.Count + others.Count > 0; i++)
        {
            var isProcess = i < AtOnce || (i - AtOnce) % (Between + 1) == Between;
            var from = (isProcess && processes.Count > 0) || others.Count == 0 ? processes : others;
            yield return from.Dequeue();
        }
    }

    /// <summary>The collection that xunit makes of a class without one.</summary>
    private static string Of<T>() => $"Test collection for {typeof(T).FullName}";

    private static List<ITestCollection> Take(List<ITestCollection> all, string[] names)
    {
        var taken = names.SelectMany(name => all.Where(collection => collection.DisplayName == name)).ToList();
        all.RemoveAll(taken.Contains);
        return taken;
    }
}
