using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Gateway;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>One broadcast for all namespaces of a pattern, where the length of a name decides whether it crosses to other workers.</summary>
public sealed class DynamicBroadcastTests
{
    [Fact]
    public async Task What_is_too_large_for_one_namespace_is_sent_to_none()
    {
        await using var hosts = await RoutedHosts.StartAsync();
        var server = hosts.One.Server;
        var tenants = server.Of(new Regex("^/t"));
        var names = Enumerable.Range(0, 8).Select(i => $"/t{i}").ToArray();
        var clients = new List<Server.WireClient>();
        foreach (var name in names.Append("/t" + new string('x', 100)))
            clients.Add(await hosts.One.ConnectAsync(name));
        var largest = await FindLargestAsync(server.Of("/u0"));

        await Assert.ThrowsAsync<BroadcastTooLargeException>(() => tenants.EmitAsync("x", new string('a', largest)).AsTask());

        foreach (var (client, name) in clients.Zip(names))
        {
            await server.Of(name).EmitAsync("end");
            await client.ExpectAsync($"42{name},[\"end\"]");
        }

        foreach (var client in clients)
            await client.DisposeAsync();
    }

    /// <summary>The longest text that still crosses to the other worker, in a namespace with a short name.</summary>
    private static async Task<int> FindLargestAsync(Namespace ns)
    {
        var (fits, not) = (1_000, 20_000_000);
        while (not - fits > 1)
        {
            var size = (fits + not) / 2;
            try
            {
                await ns.EmitAsync("x", new string('a', size));
                fits = size;
            }
            catch (BroadcastTooLargeException)
            {
                not = size;
            }
        }

        return fits;
    }
}
