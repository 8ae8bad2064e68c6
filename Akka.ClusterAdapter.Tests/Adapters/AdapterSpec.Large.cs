using System.Globalization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>Packets as large as clients may send them.</summary>
public abstract partial class AdapterSpec
{
    private const int Large = 900_000;

    /// <summary>Text, or a little text with large attachments.</summary>
    private static PacketBody LargeBody(string form, int seed)
    {
        if (form == "text")
            return FakeHost.Body($"{seed}:" + new string((char)('a' + seed), Large));
        var bytes = new byte[Large];
        new Random(seed).NextBytes(bytes);
        return new PacketBody(FakeHost.Body($"{seed}:binary").Data, [bytes.AsMemory(..10), bytes.AsMemory(10..)]);
    }

    private static bool IsSame(PacketBody one, PacketBody other) =>
        one.Data.Span.SequenceEqual(other.Data.Span)
        && one.Attachments.Length == other.Attachments.Length
        && one.Attachments.Zip(other.Attachments).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));

    [Theory]
    [InlineData("text")]
    [InlineData("binary")]
    public async Task A_large_packet_of_any_worker_arrives_whole_everywhere(string form)
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var sent = Enumerable.Range(0, cluster.Count).Select(i => LargeBody(form, i)).ToArray();

        for (var i = 0; i < cluster.Count; i++)
            await cluster.Workers[i].Adapter.BroadcastAsync(sent[i], BroadcastOptions.All);

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Host.Bodies.Count == cluster.Count));
        Assert.All(cluster.Workers, worker => Assert.All(sent, body => Assert.Contains(worker.Host.Bodies, arrived => IsSame(arrived, body))));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("binary")]
    public async Task A_large_question_of_any_worker_is_answered_at_length_by_every_client(string form)
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        var answer = new string('x', Large);
        foreach (var worker in cluster.Workers)
            worker.Host.ClientAnswer = id => id + answer;

        for (var i = 0; i < cluster.Count; i++)
        {
            var reply = await cluster.Workers[i].Adapter.BroadcastWithAckAsync(LargeBody(form, i), BroadcastOptions.All);

            Assert.Equal(cluster.Ids, reply.Answers.Select(one => one.SocketId).Order(StringComparer.Ordinal));
            Assert.All(reply.Answers, one => Assert.Equal(one.SocketId + answer, FakeHost.Text(one.Body!)));
            Assert.False(reply.IsTimedOut);
        }
    }

    [Fact]
    public async Task A_small_packet_does_not_overtake_a_large_one_of_its_namespace()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();

        foreach (var worker in cluster.Workers)
        {
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.WorkerId}/1"), BroadcastOptions.All);
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.WorkerId}/2{new string(' ', Large)}"), BroadcastOptions.All);
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.WorkerId}/3"), BroadcastOptions.All);
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.WorkerId}/4{new string(' ', Large)}"), BroadcastOptions.All);
            await worker.Adapter.BroadcastAsync(FakeHost.Body($"{worker.WorkerId}/5"), BroadcastOptions.All);
        }

        await Eventually.TrueAsync(() => cluster.Workers.All(worker => worker.Host.Deliveries.Count == 5 * cluster.Count));
        for (var i = 0; i < cluster.Count; i++)
        {
            var texts = cluster.Workers[i].Host.TextsOf(AdapterCluster.Id(i)).Select(text => text.TrimEnd()).ToArray();
            Assert.All(cluster.Workers, origin => Assert.Equal(
                Enumerable.Range(1, 5).Select(number => $"{origin.WorkerId}/{number}"),
                texts.Where(text => text.StartsWith(origin.WorkerId + "/", StringComparison.Ordinal))));
        }
    }

    [Fact]
    public async Task Sockets_with_much_data_and_long_answers_of_servers_cross()
    {
        var cluster = await CreateClusterAsync();
        await cluster.ConnectAllAsync();
        foreach (var worker in cluster.Workers)
        {
            worker.Host.DataSize = Large;
            worker.Host.ServerSideAnswer = text => FakeHost.Body(text);
        }

        var sockets = await cluster.First.Adapter.FetchSocketsAsync(BroadcastOptions.All);
        var servers = await cluster.First.Adapter.ServerSideEmitWithAckAsync(LargeBody("text", 1), null);

        Assert.Equal(
            cluster.Ids.Select(id => (id, Large)),
            sockets.Answers.Select(socket => (socket.Id, socket.Data.Length)).OrderBy(socket => socket.Id, StringComparer.Ordinal));
        Assert.Equal(cluster.Count - 1, servers.Answers.Count(answer => IsSame(answer.Body, LargeBody("text", 1))));
    }

    [Fact]
    public async Task Each_of_many_sockets_is_described_with_its_own_handshake_however_much_it_has_in_common_with_the_others()
    {
        var cluster = await CreateClusterAsync();
        var last = cluster.Workers[^1];
        last.Host.HandshakeOf = id => Handshake(int.Parse(id, CultureInfo.InvariantCulture));
        var ids = Enumerable.Range(0, 600).Select(n => n.ToString("D3", CultureInfo.InvariantCulture)).ToArray();
        foreach (var id in ids)
            await last.Host.ConnectAsync(id);

        var reply = await cluster.First.Adapter.FetchSocketsAsync(BroadcastOptions.All);

        Assert.Equal(
            ids.Select(id => (id, last.Host.HandshakeOf(id))),
            reply.Answers.Select(socket => (socket.Id, System.Text.Encoding.UTF8.GetString(socket.Handshake.Span)))
                .OrderBy(socket => socket.Id, StringComparer.Ordinal));
    }

    /// <summary>One after the other they have in common nothing, a little, more than is left out, all of it.</summary>
    private static string Handshake(int n) => (n % 4) switch
    {
        0 => $"{n}",
        1 => $"[{new string('a', n % 500)},{n}]",
        2 => $"[{new string('a', 1_500)},{n},{new string('b', 1_100 + (n % 100))}]",
        _ => Handshake(n - 1),
    };
}
