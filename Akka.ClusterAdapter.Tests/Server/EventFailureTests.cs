using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What a client is told of an event that failed, and what it never is.</summary>
public class EventFailureTests
{
    private const string Sold = "{\"error\":{\"message\":\"sold out\",\"data\":{\"left\":0}}}";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_handler_throws_for_the_client_is_its_acknowledgement(bool answersErrors)
    {
        await using var host = await StartAsync(answersErrors);
        await using var client = await host.ConnectAsync();

        foreach (var name in new[] { "at once", "late", "value", "middleware" })
        {
            await client.SendAsync($"421[\"{name}\"]");
            await client.ExpectAsync($"431[{Sold}]");
            await client.SendAsync($"42[\"{name}\"]"); // nobody is told
        }

        await client.SendAsync("422[\"code\"]");
        await client.ExpectAsync("432[{\"error\":{\"message\":\"no\",\"code\":\"mine\"}}]");
        await client.SendAsync("423[\"unwritable\"]");
        await client.ExpectAsync("433[{\"error\":{\"message\":\"no\"}}]");
    }

    [Theory]
    [InlineData("fails", "", "{\"message\":\"Internal server error\",\"code\":\"failed\"}")]
    [InlineData("fails late", "", "{\"message\":\"Internal server error\",\"code\":\"failed\"}")]
    [InlineData("nobody", "", "{\"message\":\"Nobody handles this event.\",\"code\":\"unknown_event\"}")]
    [InlineData("number", "", "{\"message\":\"Argument 1 (number) is missing.\",\"code\":\"invalid_arguments\"}")]
    [InlineData("number", ",\"x\"", "{\"message\":\"Argument 1 (number) does not fit.\",\"code\":\"invalid_arguments\"}")]
    [InlineData("as it is", ",\"x\"", "{\"message\":\"Argument 1 does not fit.\",\"code\":\"invalid_arguments\"}")]
    [InlineData("range", ",11", "{\"message\":\"The field count must be between 1 and 10.\",\"code\":\"invalid_arguments\",\"data\":{\"count\":[\"The field "
        + "count must be between 1 and 10.\"]}}")]
    public async Task Other_failures_are_told_when_the_application_says_so_and_without_their_text(string name, string arguments, string error)
    {
        await using var silent = await StartAsync(answersErrors: false);
        await using var host = await StartAsync(answersErrors: true);
        await using var left = await silent.ConnectAsync();
        await using var client = await host.ConnectAsync();

        foreach (var each in new[] { left, client })
            await each.SendAsync($"421[\"{name}\"{arguments}]");

        await client.ExpectAsync($"431[{{\"error\":{error}}}]");
        foreach (var each in new[] { left, client })
            await each.SendAsync("422[\"fine\"]");
        await client.ExpectAsync("432[]");
        await left.ExpectAsync("432[]");
    }

    [Fact]
    public async Task The_failure_of_a_handler_that_answers_nothing_does_not_hide_the_answer_of_another()
    {
        await using var host = await StartAsync(answersErrors: true);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"both\"]");

        await client.ExpectAsync("431[7]");
    }

    [Fact]
    public async Task It_is_counted_and_logged_as_the_client_s_fault()
    {
        await using var host = await StartAsync(answersErrors: false);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"at once\"]");
        await client.ExpectAsync($"431[{Sold}]");

        Assert.Equal(1, host.Server.Counters["rejected.event"]);
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_cannot_be_written_is_the_server_s_failure_and_is_answered()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.On("cycle", () =>
                {
                    var all = new List<object>();
                    all.Add(all);
                    return all;
                });
                io.On("json", void () => throw new JsonException("of another service"));
            },
            options => options.AckErrors = true);
        await using var client = await host.ConnectAsync();

        foreach (var name in new[] { "cycle", "json" })
        {
            await client.SendAsync($"421[\"{name}\"]");
            await client.ExpectAsync("431[{\"error\":{\"message\":\"Internal server error\",\"code\":\"failed\"}}]");
        }

        Assert.Equal(2, host.Server.Counters["failed.handler"]);
    }

    private static Task<SocketIOTestHost> StartAsync(bool answersErrors) => SocketIOTestHost.StartAsync(
        io =>
        {
            io.On("at once", void () => throw new EventException("sold out", new { left = 0 }));
            io.On("late", async () =>
            {
                await Task.Yield();
                throw new EventException("sold out", new { left = 0 });
            });
            io.On("value", int () => throw new EventException("sold out", new { left = 0 }));
            io.On("code", void () => throw new EventException("no") { Code = "mine" });
            io.On("unwritable", void () => throw new EventException("no", new Action(() => { })));
            io.On("fails", void () => throw new InvalidOperationException("a secret"));
            io.On("fails late", async () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("a secret");
            });
            io.On("number", (int number) => { });
            io.On("range", ([Range(1, 10)] int count) => { });
            io.On("as it is", (EventContext e) => { e.Get<int>(0); });
            io.On("fine", () => { });
            io.On("both", void () => throw new InvalidOperationException("a secret"));
            io.On("both", async () =>
            {
                await Task.Yield();
                return 7;
            });
            io.OnConnection(socket => socket.Use((e, next) => e.Name == "middleware" ? throw new EventException("sold out", new { left = 0 }) : next()));
        },
        options => options.AckErrors = answersErrors);

    [Fact]
    public async Task An_argument_that_its_type_refuses_is_the_client_s_fault_whatever_the_type_throws()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.On("age", (Age age) => age.Years), options => options.AckErrors = true);
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"age\",{\"years\":-1}]");

        Assert.Contains("\"code\":\"invalid_arguments\"", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal(1, host.Server.Counters["rejected.arguments"]);
        Assert.DoesNotContain(host.Server.Counters, counter => counter.Key.StartsWith("failed.", StringComparison.Ordinal));
    }

    private sealed record Age
    {
        public Age(int years)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(years);
            Years = years;
        }

        public int Years { get; }
    }
}
