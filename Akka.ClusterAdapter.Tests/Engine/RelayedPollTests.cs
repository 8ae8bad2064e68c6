using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A worker that stops, and clients that poll through it for sessions of others.</summary>
public sealed class RelayedPollTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_client_between_two_polls_is_waited_for()
    {
        await using var host = await EngineHost.StartAsync();
        var owner = new Owner();
        host.Server.Others.Router = owner;
        var sid = SessionId.Create((host.Server.Tag + 1) % SessionId.TagCount);
        var poll = host.GetAsync("EIO=4&transport=polling&sid=" + sid);
        await Eventually.TrueAsync(() => host.Server.Others.IsAnswering, "a poll");
        var drain = host.Server.DrainAsync(session => session.Close(), Limit, CancellationToken.None);

        owner.Answer.SetResult();
        using var answer = await poll;
        Assert.True(answer.Headers.ConnectionClose);
        for (var i = 0; i < 20; i++)
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        Assert.True(host.Server.Others.IsAnswering);
        Assert.False(drain.IsCompleted);
        await Eventually.TrueAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(20));
            return drain.IsCompleted;
        });
        Assert.False(host.Server.Others.IsAnswering);
    }

    [Fact]
    public async Task A_poll_that_waits_at_the_end_gets_its_answer()
    {
        await using var host = await EngineHost.StartAsync();
        host.Server.Others.Router = new Owner { AnswersWhenReleased = true };
        var sid = SessionId.Create((host.Server.Tag + 1) % SessionId.TagCount);
        var poll = host.GetAsync("EIO=4&transport=polling&sid=" + sid);
        await Eventually.TrueAsync(() => host.Server.Others.IsAnswering, "a poll");

        await host.Server.DisposeAsync();

        using var answer = await poll;
        Assert.Equal("6", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_poll_that_nobody_answers_is_cut_off()
    {
        await using var host = await EngineHost.StartAsync();
        var owner = new Owner();
        host.Server.Others.Router = owner;
        var sid = SessionId.Create((host.Server.Tag + 1) % SessionId.TagCount);
        var poll = host.GetAsync("EIO=4&transport=polling&sid=" + sid);
        await Eventually.TrueAsync(() => host.Server.Others.IsAnswering, "a poll");

        await host.Server.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => poll);
        owner.Answer.SetResult();
    }

    /// <summary>Another worker, which answers when it is told to.</summary>
    private sealed class Owner : ISessionRouter
    {
        public bool AnswersWhenReleased { get; init; }

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Knows(int tag) => true;

        public async ValueTask<bool> TryForwardAsync(HttpContext context, int tag)
        {
            await Answer.Task;
            await context.Response.WriteAsync("6");
            return true;
        }

        public ValueTask<bool> TryForwardNewAsync(HttpContext context) => new(false);

        public Task ReleaseAsync(string sid)
        {
            if (AnswersWhenReleased)
                Answer.TrySetResult();
            return Task.CompletedTask;
        }

        public Task<bool> LetUpgradeGoAsync(string sid) => Task.FromResult(false);
    }
}
