using System.Net;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>Requests of one polling session that meet each other.</summary>
public sealed class OverlapTests
{
    [Fact]
    public async Task A_second_GET_gets_400_the_first_a_close_packet_and_the_session_ends()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        var first = await client.PendAsync();

        using var second = await client.GetAsync();

        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
        Assert.Equal("", await second.Content.ReadAsStringAsync());
        Assert.Equal("1", await (await first).Content.ReadAsStringAsync());
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
    }

    [Fact]
    public async Task A_second_POST_gets_400_and_the_session_ends()
    {
        await using var host = await EngineHost.StartAsync();
        var client = await host.PollAsync();
        using var first = await host.ConnectAsync();
        await first.SendAsciiAsync($"POST /engine.io/?{client.Query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await first.ReadHeadAsync());

        using var second = await client.PostAsync("4x");

        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Empty(host.Handler.Messages);
    }

    [Fact]
    public async Task A_POST_may_come_when_the_one_before_it_is_being_dispatched_and_waits_its_turn()
    {
        await using var host = await EngineHost.StartAsync();
        var session = host.Session((await host.PollAsync()).Sid);
        var first = await session.Polling!.Posts.TryBeginAsync();
        Assert.True(session.Polling!.Posts.TryComplete(first!));

        var second = session.Polling!.Posts.TryBeginAsync().AsTask();
        Assert.False(second.IsCompleted);
        session.Polling!.Posts.End(first!);

        Assert.True(session.Polling!.Posts.TryComplete((await second)!));
        session.Polling!.Posts.End((await second)!);
        Assert.NotNull(await session.Polling!.Posts.TryBeginAsync());
        Assert.True(session.IsOpen);
    }

    [Fact]
    public async Task Only_one_POST_waits_its_turn()
    {
        await using var host = await EngineHost.StartAsync();
        var session = host.Session((await host.PollAsync()).Sid);
        var first = await session.Polling!.Posts.TryBeginAsync();
        Assert.True(session.Polling!.Posts.TryComplete(first!));
        var second = session.Polling!.Posts.TryBeginAsync().AsTask();

        Assert.Null(await session.Polling!.Posts.TryBeginAsync());

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        session.Polling!.Posts.End(first!);
        Assert.Null(await second);
    }

    [Fact]
    public async Task A_client_that_answers_what_its_POST_brought_before_that_is_answered_is_heard()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (socket, text) => socket.TrySend(EngineHost.Message(text)));
        var client = await host.PollAsync();
        for (var i = 0; i < 300; i++)
        {
            var poll = await client.PendAsync();
            var post = client.PostAsync($"4{i}");
            Assert.Equal($"4{i}", await (await poll).Content.ReadAsStringAsync());
            using var answer = await client.PostAsync("3");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            (await post).Dispose();
        }

        Assert.True(host.Session(client.Sid).IsOpen);
    }

    [Fact]
    public async Task A_GET_and_a_POST_at_once_are_the_normal_case()
    {
        await using var host = await EngineHost.StartAsync(handle: h => h.OnMessage = (socket, text) => socket.TrySend(EngineHost.Message(text)));
        var client = await host.PollAsync();
        var poll = await client.PendAsync();

        using var ok = await client.PostAsync("4echo");

        Assert.Equal("4echo", await (await poll).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_GET_that_comes_while_the_waiting_one_is_given_up_is_never_accepted()
    {
        await using var host = await EngineHost.StartAsync();
        using var together = new Barrier(2);
        for (var i = 0; i < 500; i++)
        {
            var session = host.Session((await host.PollAsync()).Sid);
            var first = new Poll();
            var second = new Poll();
            Assert.Equal(PollVerdict.Accepted, session.Polling!.Begin(first));

            var abort = Task.Run(() =>
            {
                together.SignalAndWait();
                session.Polling!.Abort(first);
            });
            together.SignalAndWait();
            var verdict = session.Polling!.Begin(second);
            await abort;

            Assert.NotEqual(PollVerdict.Accepted, verdict);
            Assert.True(first.Task.IsCompleted);
            Assert.False(session.IsOpen);
        }
    }
}
