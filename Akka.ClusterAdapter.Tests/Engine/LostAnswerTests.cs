using System.Net;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>
/// An answer to a poll that gets lost on its way costs messages. Nobody notices unless the session ends. Found by a soak: a proxy (nginx does it unasked) sends
/// a GET once more when the worker that it was sent to ends before its answer is here.
/// </summary>
public sealed class LostAnswerTests
{
    [Fact]
    public async Task A_poll_that_was_answered_and_comes_once_more_ends_the_session()
    {
        await using var host = await EngineHost.StartAsync();
        var query = await HandshakeAsync(host, "PbBq0a1x");
        await AnswerAsync(host, query, "PbBq0b2y", "4lost");

        using var again = await host.GetAsync($"{query}&t=PbBq0b2y");

        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
        Assert.Equal(1, host.Server.Counters["rejected.repeated-poll"]);
    }

    [Theory]
    [InlineData("PbBq0a1x", "PbBq0b2y", "PbBq0b2z")]
    [InlineData("1764472000", "1764472001", "1764472001")]
    [InlineData("always", "always", "always")]
    [InlineData("", "", "")]
    public async Task Other_marks_and_those_that_prove_nothing_do_not(string first, string second, string third)
    {
        await using var host = await EngineHost.StartAsync();
        var query = await HandshakeAsync(host, first);

        await AnswerAsync(host, query, second, "4one");
        await AnswerAsync(host, query, third, "4two");

        Assert.Empty(host.Handler.Ends);
    }

    [Fact]
    public async Task Who_hangs_up_before_its_answer_is_written_has_no_session_any_more()
    {
        var hangsUp = false;
        await using var host = await EngineHost.StartAsync(observe: server => server.Headers += context =>
        {
            if (!hangsUp)
                return;
            context.Abort();
            // It is told by the thread pool.
            context.RequestAborted.WaitHandle.WaitOne();
        });
        var query = await HandshakeAsync(host, "PbBq0a1x");
        hangsUp = true;
        host.Handler.Sockets.Values.Single().TrySend(EngineHost.Message("lost"));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => host.GetAsync($"{query}&t=PbBq0b2y"));

        Assert.Equal(CloseReason.TransportError, await host.EndAsync());
    }

    private static async Task<string> HandshakeAsync(EngineHost host, string mark)
    {
        using var answer = await host.GetAsync($"EIO=4&transport=polling&t={mark}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return $"EIO=4&transport=polling&sid={host.Handler.Sockets.Keys.Single()}";
    }

    private static async Task AnswerAsync(EngineHost host, string query, string mark, string message)
    {
        host.Handler.Sockets.Values.Single().TrySend(EngineHost.Message(message[1..]));
        using var answer = await host.GetAsync($"{query}&t={mark}");
        Assert.Equal(message, await answer.Content.ReadAsStringAsync());
    }
}
