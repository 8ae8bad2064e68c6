using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Seeds;
using Akka.Event;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>The resolver with answers of the test's and its clock.</summary>
public sealed class SeedResolverTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _joined = [];
    private readonly Lock _gate = new();
    private Func<IPAddress[]> _answer = () => [];
    private int _asked;
    private volatile bool _hasJoined;

    public void Dispose() => _end.Dispose();

    [Fact]
    public async Task It_asks_until_the_name_is_known()
    {
        _answer = () => throw new SocketException((int)SocketError.HostNotFound);
        var run = Start();
        await AdvanceUntilAsync(() => _asked > 3);
        Assert.Empty(Joined);

        _answer = () => [IPAddress.Parse("10.0.0.1")];
        await AdvanceUntilAsync(() => Joined.Length > 0);
        _hasJoined = true;
        await AdvanceUntilAsync(() => run.IsCompleted);

        Assert.Equal(["akka.tcp://chat@10.0.0.1:8110"], Joined);
        Assert.Null(await run);
    }

    [Fact]
    public async Task It_joins_anew_only_when_the_addresses_change()
    {
        _answer = () => [IPAddress.Parse("10.0.0.1")];
        _ = Start();
        await AdvanceUntilAsync(() => _asked > 5);
        Assert.Single(Joined);

        _answer = () => [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1")];
        await AdvanceUntilAsync(() => Joined.Length > 1);

        Assert.Equal("akka.tcp://chat@10.0.0.1:8110 akka.tcp://chat@10.0.0.2:8110", Joined[1]);
        await _end.CancelAsync();
    }

    [Fact]
    public async Task It_gives_up_when_its_time_is_over()
    {
        var run = Start(TimeSpan.FromSeconds(60));

        await AdvanceUntilAsync(() => run.IsCompleted);

        Assert.Equal("No seed node was found under the name seeds.test (akka.cluster-adapter.seed-dns) within 00:01:00: it has no IPv4 address.", await run);
        Assert.InRange(_asked, 2, 61);
    }

    [Fact]
    public async Task Seeds_that_never_answer_are_told()
    {
        _answer = () => [IPAddress.Parse("10.0.0.1")];
        var run = Start(TimeSpan.FromSeconds(60));

        await AdvanceUntilAsync(() => run.IsCompleted);

        Assert.EndsWith("nobody there answers.", await run, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_limit_it_goes_on_until_the_actor_system_ends()
    {
        var run = Start();
        await AdvanceUntilAsync(() => _asked > 200);

        await _end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private string[] Joined
    {
        get
        {
            lock (_gate)
                return [.. _joined];
        }
    }

    private Task<string?> Start(TimeSpan? limit = null)
    {
        var seeds = new SeedList(Address.Parse("akka.tcp://chat@10.0.0.7:8110"), 8110, minAddresses: 2);
        var resolver = new SeedResolver(new SeedDnsSettings("seeds.test", 8110, 2, TimeSpan.FromSeconds(1)), seeds, _time, NoLogger.Instance)
        {
            Resolve = ResolveAsync,
            HasJoined = () => _hasJoined,
            Join = Remember,
            Limit = limit,
        };
        return resolver.RunAsync(_end.Token);
    }

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken ct)
    {
        Assert.Equal("seeds.test", name);
        Interlocked.Increment(ref _asked);
        return Task.FromResult(_answer());
    }

    private void Remember(IEnumerable<Address> seeds)
    {
        lock (_gate)
            _joined.Add(string.Join(' ', seeds));
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });
}
