using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What comes behind an acknowledgement in the body of one POST: row <c>answer-and-more</c> of docs/decisions/0021.</summary>
public sealed class AnswersInOneBodyTests
{
    [Fact]
    public async Task What_waits_for_an_acknowledgement_does_not_hold_up_the_packets_behind_it()
    {
        using var handled = new ManualResetEventSlim();
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("next", () => handled.Set());
            socket.On("ask", async () =>
            {
                var answer = await socket.EmitWithAckAsync<int>("question", []);
                // Blocks its thread: were it the thread that reads the body, the next packet would never come.
                await socket.EmitAsync("told", answer, handled.Wait(TimeSpan.FromSeconds(30)));
            });
        }));
        using var http = new HttpClient { BaseAddress = host.Uri };
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var session = $"/socket.io/?EIO=4&transport=polling&sid={JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()}";

        await http.PostAsync(session, new StringContent("40"));
        await ExpectAsync("40{");
        await http.PostAsync(session, new StringContent("42[\"ask\"]"));
        Assert.Equal("420[\"question\"]", await ExpectAsync("42"));
        await http.PostAsync(session, new StringContent("430[7]\u001e42[\"next\"]"));

        Assert.Equal("42[\"told\",7,true]", await ExpectAsync("42"));

        async Task<string> ExpectAsync(string start)
        {
            var packet = await http.GetStringAsync(session);
            Assert.StartsWith(start, packet, StringComparison.Ordinal);
            return packet;
        }
    }
}
