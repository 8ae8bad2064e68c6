using System.Reflection;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Gateway;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>What the library measures and traces is what docs/observability.md says, and nothing else is.</summary>
public sealed partial class InstrumentTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "observability.md"));

    [Fact]
    public async Task The_page_names_every_instrument_with_its_unit_and_no_other()
    {
        await using var cluster = await SocketIOTestCluster.StartAsync(
            2, _ => { }, options => options.ConfigureServer(static server => server.ConnectionStateRecovery = new()));
        using var seen = new MeterRecorder(cluster[0].Services);
        var meters = cluster[0].Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        using var gateway = new GatewayMetrics(meters, new WorkerWatch(), new Guard(NullLogger.Instance));
        using var primary = new PrimaryMetrics(meters, static () => 0, new Guard(NullLogger.Instance));
        using var loop = new ClientLoop(static () => null, NullLoggerFactory.Instance, TimeProvider.System, meters);

        var rows = Instruments().Matches(Page).Select(row => (row.Groups[1].Value, row.Groups[2].Value)).Order().ToList();

        Assert.Equal(seen.Instruments.Values.Select(instrument => (instrument.Name, instrument.Unit!)).Order(), rows);
        Assert.All(seen.Instruments.Values, instrument => Assert.False(string.IsNullOrEmpty(instrument.Description), instrument.Name));
    }

    [Fact]
    public void The_page_names_every_kind_of_question_that_is_timed()
    {
        var kinds = typeof(Operations).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(kinds, kind => Assert.Contains($"`{kind}`", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_names_every_span_and_no_other()
    {
        var spans = typeof(Spans).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(spans.Order(), SpanRows().Matches(Page).Select(row => row.Groups[1].Value).Order());
    }

    [Fact]
    public void The_page_names_every_attribute_of_a_span_that_is_our_own_and_no_other()
    {
        var set = SourceTree.CSharpFiles("Akka.ClusterAdapter")
            .SelectMany(file => Tags().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value);
        var named = AttributeRows().Matches(Page).SelectMany(row => row.Groups[1].Value.Split(", ")).Select(name => name.Trim('`'));

        Assert.Equal(set.Distinct().Order(), named.Order());
    }

    [GeneratedRegex(@"^\| `(socketio\.[a-z._]+)` \| (1|s|By|\{[a-z]+\}) \|", RegexOptions.Multiline)]
    private static partial Regex Instruments();

    [GeneratedRegex(@"^\| `(socketio\.[a-z_]+)` \| `[^`]+` \| (?:server|client|producer|consumer|internal) \|", RegexOptions.Multiline)]
    private static partial Regex SpanRows();

    [GeneratedRegex(@"^\| (`socketio\.[a-z._]+`(?:, `socketio\.[a-z._]+`)*) \| [a-z_, ]+ \| [^|]+\|$", RegexOptions.Multiline)]
    private static partial Regex AttributeRows();

    [GeneratedRegex(@"SetTag\(""(socketio\.[a-z._]+)""")]
    private static partial Regex Tags();
}
