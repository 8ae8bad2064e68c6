using System.Net;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Namespaces that clients have made: one client cannot use up what is there for all.</summary>
public class DynamicNamespaceQuotaTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void One_address_leaves_half_to_the_others_and_two_leave_a_third()
    {
        var quota = new DynamicNamespaceQuota(90);

        var first = TakeAll(quota, "192.0.2.1");
        var second = TakeAll(quota, "192.0.2.2");
        var newcomer = quota.TryTake(IPAddress.Parse("192.0.2.3"));

        Assert.Equal(45, first.Count);
        Assert.Equal(23, second.Count);
        Assert.NotNull(newcomer);
        Assert.Null(quota.TryTake(IPAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public void An_address_of_IPv6_is_its_first_64_bits_and_one_of_IPv4_is_the_same_in_IPv6()
    {
        var quota = new DynamicNamespaceQuota(90);

        Assert.Equal(45, TakeAll(quota, "2001:db8:0:1::1").Count);
        Assert.Null(quota.TryTake(IPAddress.Parse("2001:db8:0:1:ffff::2")));
        Assert.NotNull(quota.TryTake(IPAddress.Parse("2001:db8:0:2::1")));
        Assert.NotEmpty(TakeAll(quota, "192.0.2.1"));
        Assert.Null(quota.TryTake(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.NotEmpty(TakeAll(quota, null));
        Assert.Null(quota.TryTake(null));
    }

    [Fact]
    public void What_nobody_was_admitted_to_does_not_count_for_others()
    {
        var quota = new DynamicNamespaceQuota(90);

        for (var i = 0; i < 50; i++)
            Assert.NotNull(quota.TryTake(IPAddress.Parse("192.0.2.1")));

        Assert.Equal(45, TakeAll(quota, "192.0.2.2").Count);
    }

    [Fact]
    public void Many_that_are_decided_at_once_get_no_more_than_their_share_in_the_end()
    {
        var quota = new DynamicNamespaceQuota(90);
        var places = Enumerable.Range(0, 90).Select(_ => quota.TryTake(IPAddress.Parse("192.0.2.1"))).OfType<DynamicNamespaceQuota.Place>().ToArray();

        Assert.Equal(45, places.Count(place => place.TryCount()));

        Assert.NotEmpty(TakeAll(quota, "192.0.2.2"));
        Array.ForEach(places, place => place.Release());
        Assert.Equal(1, quota.Addresses);
    }

    [Fact]
    public void Places_come_back_once_and_addresses_are_forgotten()
    {
        var quota = new DynamicNamespaceQuota(4);
        var places = TakeAll(quota, "192.0.2.1");
        Assert.Equal((2, 2, 1), (places.Count, quota.Count, quota.Addresses));

        foreach (var place in places)
        {
            place.Release();
            place.Release();
        }

        Assert.Equal((0, 0), (quota.Count, quota.Addresses));
        Assert.False(places[0].IsCounted && places[0].TryCount() && quota.Count > 0);
        Assert.Equal(2, TakeAll(quota, "192.0.2.1").Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whom_the_middlewares_refuse_leaves_no_namespace(bool isCleanedUp)
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")).Use(async (_, _) => { await Task.Yield(); throw new ConnectErrorException("members only"); }),
            options => (options.MaxDynamicNamespaces, options.CleanupEmptyChildNamespaces) = (4, isCleanedUp));
        await using var client = await host.OpenAsync();

        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($"40/tenant-{i},");
            await client.ExpectAsync($"44/tenant-{i},{{\"message\":\"members only\"}}");
        }

        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 1, "all of them are gone");
    }

    [Fact]
    public async Task Those_that_are_being_decided_keep_nobody_out()
    {
        var gate = new TaskCompletionSource();
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.Of(new Regex("^/slow-")).Use(async (_, next) => { await gate.Task; await next(); });
                io.Of(new Regex("^/tenant-"));
            },
            options => options.MaxDynamicNamespaces = 10);
        await using var client = await host.OpenAsync();
        for (var i = 0; i < 4; i++)
            await client.SendAsync($"40/slow-{i},");

        await client.ConnectAsync("/tenant-1");
        gate.SetResult();

        for (var i = 0; i < 4; i++)
            Assert.StartsWith("40/slow-", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal(6, host.Server.Namespaces.Count);
    }

    [Fact]
    public async Task One_client_gets_half_and_the_warning_names_the_remedy()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of(new Regex("^/tenant-")), options => options.MaxDynamicNamespaces = 10);
        await using var client = await host.OpenAsync();
        for (var i = 0; i < 5; i++)
            await client.ConnectAsync($"/tenant-{i}");

        await client.SendAsync("40/tenant-5,");

        await client.ExpectAsync("44/tenant-5,{\"message\":\"Invalid namespace\"}");
        Assert.Equal(1, host.Server.Counters["rejected.too-many-dynamic-namespaces"]);
        Assert.Contains(host.Logs.Lines, line => line.Contains("MaxDynamicNamespaces (10)", StringComparison.Ordinal)
            && line.Contains("forwarded headers", StringComparison.Ordinal));
        await client.SendAsync("41/tenant-0,");
        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 5, "it is cleaned up");
        await client.ConnectAsync("/tenant-5");
    }

    [Fact]
    public async Task A_namespace_with_handlers_of_its_own_stays()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.NamespaceCreated += ns => ns.OnConnection(_ => { });
            io.Of(new Regex("^/tenant-"));
        });
        await using var client = await host.ConnectAsync("/tenant-1");
        await client.ConnectAsync("/tenant-2");
        host.Server.Of("/tenant-2").Use((_, _) => throw new ConnectErrorException("closed"));

        await client.SendAsync("41/tenant-1,");
        await client.SendAsync("41/tenant-2,");
        await Eventually.TrueAsync(() => host.Server.Namespaces.Count == 2, "the other one goes");

        await client.SendAsync("40/tenant-2,");
        await client.ExpectAsync("44/tenant-2,{\"message\":\"closed\"}");
    }

    [Fact]
    public async Task Nobody_is_admitted_before_everybody_was_told_of_a_new_namespace()
    {
        using var gate = new ManualResetEventSlim();
        var telling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.NamespaceCreated += ns =>
            {
                if (!ns.Name.StartsWith("/tenant-", StringComparison.Ordinal))
                    return;
                telling.TrySetResult();
                gate.Wait(Patience);
                ns.Use((_, _) => throw new ConnectErrorException("members only"));
            };
            io.Of(new Regex("^/tenant-"));
        });
        await using var first = await host.OpenAsync();
        await using var second = await host.OpenAsync();

        await first.SendAsync("40/tenant-1,");
        await telling.Task.WaitAsync(Patience);
        await second.SendAsync("40/tenant-1,");
        await second.SendAsync("40");
        Assert.StartsWith("40{", await second.ReceiveAsync(), StringComparison.Ordinal);
        gate.Set();

        await first.ExpectAsync("44/tenant-1,{\"message\":\"members only\"}");
        await second.ExpectAsync("44/tenant-1,{\"message\":\"members only\"}");
    }

    private static List<DynamicNamespaceQuota.Place> TakeAll(DynamicNamespaceQuota quota, string? address)
    {
        var places = new List<DynamicNamespaceQuota.Place>();
        while (quota.TryTake(address is null ? null : IPAddress.Parse(address)) is { } place)
        {
            Assert.True(place.TryCount());
            places.Add(place);
        }

        return places;
    }
}
