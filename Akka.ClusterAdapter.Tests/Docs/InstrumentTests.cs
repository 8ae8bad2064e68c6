using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>What the library measures is what docs/observability.md says, and equals what it counts.</summary>
public sealed partial class InstrumentTests
{
    [Fact]
    public async Task The_page_names_every_instrument_with_its_unit_and_no_other()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(2, _ => { });
        using var seen = new Seen(cluster[0].Services);

        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "observability.md"));
        var rows = Row().Matches(page).Select(row => (row.Groups[1].Value, row.Groups[2].Value)).Order().ToList();

        Assert.Equal(seen.Instruments.Values.Select(instrument => (instrument.Name, instrument.Unit!)).Order(), rows);
        Assert.All(seen.Instruments.Values, instrument => Assert.False(string.IsNullOrEmpty(instrument.Description), instrument.Name));
    }

    [Fact]
    public async Task Numbers_of_the_cluster_equal_its_counters()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(3, _ => { });
        using var seen = new Seen(cluster[0].Services);
        var extension = Assert.IsType<AkkaClusterAdapterFactory>(cluster[0].Server.Adapters).Extension;

        for (var i = 0; i < 5; i++)
            await cluster[0].Server.EmitAsync("news", i);
        Assert.Equal(3, (await cluster[0].Server.ServerCountAsync()));
        _ = await cluster[0].Server.FetchSocketsAsync();
        await Eventually.TrueAsync(
            () =>
            {
                seen.Look();
                return extension.Counters.All(counter => seen.Last["socketio.cluster." + counter.Key.Replace('-', '_')] == counter.Value)
                    && seen.Last["socketio.cluster.requests.pending"] == 0 && seen.Last["socketio.cluster.handed_over"] == 0;
            },
            () => string.Join(", ", extension.Counters.Where(counter => seen.Last["socketio.cluster." + counter.Key.Replace('-', '_')] != counter.Value)));

        Assert.True(seen.Last["socketio.cluster.published"] >= 5);
        Assert.True(seen.Last["socketio.cluster.requests"] >= 1);
        Assert.Equal((3, 0, 1), (seen.Last["socketio.cluster.workers{state=confirmed}"], seen.Last["socketio.cluster.workers{state=unconfirmed}"], seen.Last["socketio.cluster.ready"]));
    }

    [Fact]
    public async Task Events_are_timed_by_name_namespace_and_outcome_and_sockets_are_counted_by_namespace()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.On("add", (int a, int b) => a + b);
            io.On("late", async () => await Task.Yield());
            io.On("no", void () => throw new EventException("no"));
            io.Of(new Regex("^/tenant-")).On("fail", async Task () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("on purpose");
            });
        });
        using var seen = new Seen(host.Services);
        await using var client = await host.ConnectAsync();
        await using var tenant = await host.ConnectAsync("/tenant-1");
        await using var other = await host.ConnectAsync("/tenant-2");

        foreach (var packet in new[] { "421[\"add\",1,2]", "422[\"add\",3,4]", "423[\"late\"]", "424[\"no\"]", "425[\"add\",\"x\",1]", "42[\"unknown\"]" })
            await client.SendAsync(packet);
        await tenant.SendAsync("42/tenant-1,1[\"fail\"]");
        await Eventually.TrueAsync(() => seen.Counts.Values.Sum() == 6, () => string.Join("\n", seen.Counts));
        seen.Look();

        Assert.Equal(
            [
                "socketio.server.event.duration{event=add,namespace=/,outcome=completed} 2",
                "socketio.server.event.duration{event=add,namespace=/,outcome=refused} 1",
                "socketio.server.event.duration{event=fail,namespace=^/tenant-,outcome=failed} 1",
                "socketio.server.event.duration{event=late,namespace=/,outcome=completed} 1",
                "socketio.server.event.duration{event=no,namespace=/,outcome=refused} 1",
            ],
            seen.Counts.Select(count => $"{count.Key} {count.Value}").Order(StringComparer.Ordinal));
        Assert.Equal((1, 2), (seen.Last["socketio.server.sockets{namespace=/}"], seen.Last["socketio.server.sockets{namespace=^/tenant-}"]));
    }

    [GeneratedRegex(@"^\| `(socketio\.[a-z._]+)` \| (\S+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>The instruments of one application, and what they have said.</summary>
    private sealed class Seen : IDisposable
    {
        private readonly MeterListener _listener = new();

        public Seen(IServiceProvider services)
        {
            var scope = services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != "Akka.ClusterAdapter" || !ReferenceEquals(instrument.Meter.Scope, scope))
                    return;
                Instruments[instrument.Name] = instrument;
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Last[NameOf(instrument, tags)] = value);
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Last[NameOf(instrument, tags)] = value);
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Counts.AddOrUpdate(NameOf(instrument, tags), value >= 0 ? 1 : -1_000, static (_, count) => count + 1));
            _listener.Start();
        }

        public ConcurrentDictionary<string, Instrument> Instruments { get; } = new();

        public ConcurrentDictionary<string, long> Last { get; } = new();

        public ConcurrentDictionary<string, int> Counts { get; } = new();

        public void Look() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private static string NameOf(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var text = new List<string>();
            foreach (var (key, value) in tags)
                text.Add($"{key}={value}");
            return instrument.Name + (text.Count == 0 ? "" : $"{{{string.Join(',', text)}}}");
        }
    }
}
