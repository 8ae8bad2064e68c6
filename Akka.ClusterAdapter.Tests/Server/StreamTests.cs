using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Answers and sockets of two workers, one after the other.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly List<DynamicNamespace> _patterns = [];
    private SocketIOTestCluster _cluster = null!;

    private SocketIOServer Io => _cluster[0].Server;

    public async Task InitializeAsync() => _cluster = await SocketIOTestCluster.StartAsync(2, io => _patterns.Add(io.Of(new Regex("^/t-"))));

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Answers_come_one_by_one_with_socket_worker_and_value()
    {
        await using var far = await _cluster[1].ConnectAsync("/");
        await using var near = await _cluster[0].ConnectAsync("/");
        far.On("ready", _ => "yes");

        await using var answers = Io.Timeout(Hour).StreamAnswersAsync<string>("ready", []).GetAsyncEnumerator();
        Assert.True(await answers.MoveNextAsync());

        Assert.Equal(new(far.Id, _cluster[1].Server.WorkerId, SocketAnswerState.Answered, "yes"), answers.Current);
    }

    [Fact]
    public async Task Who_stops_early_leaves_nothing_behind_on_any_worker()
    {
        await using var far = await _cluster[1].ConnectAsync("/");
        await using var near = await _cluster[0].ConnectAsync("/");
        far.On("ready", _ => "yes");

        await foreach (var answer in Io.Timeout(Hour).StreamAnswersAsync<string>("ready", []))
        {
            Assert.Equal(far.Id, answer.SocketId);
            break;
        }

        Assert.Equal(0, Io.PendingAckCount);
        await Eventually.TrueAsync(() => _cluster[1].Server.PendingAckCount == 0);
    }

    [Fact]
    public async Task Who_is_late_is_told_at_the_end_and_what_does_not_fit_is_told_apart()
    {
        await using var far = await _cluster[1].ConnectAsync("/");
        await using var near = await _cluster[0].ConnectAsync("/");
        far.On("age", _ => "old");

        var answers = await Io.Timeout(TimeSpan.FromSeconds(8)).StreamAnswersAsync<int>("age", []).ToListAsync();

        Assert.Equal([(far.Id, SocketAnswerState.DidNotFit), (near.Id, SocketAnswerState.TimedOut)], answers.Select(answer => (answer.SocketId, answer.State)));
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_first_is_wanted_and_each_enumeration_asks_anew()
    {
        await using var client = await _cluster[0].ConnectAsync("/");
        var asked = 0;
        client.On("ready", _ => ++asked);
        var answers = Io.StreamAnswersAsync<int>("ready", []);
        await Io.EmitAsync("before");
        await client.WaitForAsync("before");

        Assert.Equal(0, asked);
        Assert.Equal([1], (await answers.ToListAsync()).Select(answer => answer.Value));
        Assert.Equal([2], (await answers.ToListAsync()).Select(answer => answer.Value));
    }

    [Fact]
    public async Task What_is_wrong_with_the_call_is_said_at_the_call()
    {
        Assert.Throws<ArgumentException>(() => Io.StreamAnswersAsync<int>("disconnect", []));
        Assert.Throws<ArgumentNullException>(() => Io.StreamAnswersAsync<int>("x", null!));
        using var over = new CancellationTokenSource();
        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Io.StreamSocketsAsync(over.Token).ToListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Sockets_of_all_workers_come_one_by_one_and_can_be_acted_upon()
    {
        await using var near = await _cluster[0].ConnectAsync("/");
        await using var far = await _cluster[1].ConnectAsync("/");

        var found = new List<RemoteSocket>();
        await foreach (var socket in Io.StreamSocketsAsync())
        {
            found.Add(socket);
            await socket.EmitAsync("found", socket.WorkerId);
        }

        Assert.Equal(
            new[] { (near.Id, Io.WorkerId), (far.Id, _cluster[1].Server.WorkerId) }.Order(),
            found.Select(socket => (socket.Id, socket.WorkerId)).Order());
        Assert.Equal(_cluster[1].Server.WorkerId, await far.WaitForAsync<string>("found"));
    }

    [Fact]
    public async Task All_namespaces_of_a_pattern_are_one_stream()
    {
        await using var one = await _cluster[0].ConnectAsync("/t-1");
        await using var two = await _cluster[0].ConnectAsync("/t-2");
        one.On("who", _ => "one");
        two.On("who", _ => "two");

        var sockets = await _patterns[0].StreamSocketsAsync().ToListAsync();
        var answers = await _patterns[0].StreamAnswersAsync<string>("who", []).ToListAsync();

        Assert.Equal(new[] { one.Id, two.Id }.Order(StringComparer.Ordinal), sockets.Select(socket => socket.Id).Order(StringComparer.Ordinal));
        Assert.Equal(["one", "two"], answers.Select(answer => answer.Value).Order(StringComparer.Ordinal));
    }
}
