using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>The official clients, old and new, over each transport.</summary>
public class OfficialClientTests
{
    public static TheoryData<string, string> Clients
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var client in new[] { "socket.io-client", "client-4-0", "client-3-1", "msgpack" })
            {
                foreach (var transports in new[] { "websocket", "polling", "polling,websocket" })
                    rows.Add(client, transports);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Events_answers_and_binary_go_both_ways(string client, string transports)
    {
        await using var server = await StartAsync(client);

        await NodeClient.PassesAsync("messages", client, transports, server.Uri.ToString());

        await server.AssertEmptyAsync();
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_refusal_arrives_with_its_data_and_other_namespaces_work(string client, string transports)
    {
        await using var server = await StartAsync(client);

        await NodeClient.PassesAsync("refusal", client, transports, server.Uri.ToString());

        await server.AssertEmptyAsync();
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_client_whose_connection_was_cut_comes_back(string client, string transports)
    {
        await using var server = await StartAsync(client);

        await NodeClient.PassesAsync("reconnect", client, transports, server.Uri.ToString());

        await Eventually.TrueAsync(() => server.Reasons.Contains("forced close"), "the server's handler");
        await server.AssertEmptyAsync();
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Each_side_learns_why_the_other_left(string client, string transports)
    {
        await using var server = await StartAsync(client);

        await NodeClient.PassesAsync("reasons", client, transports, server.Uri.ToString());

        await server.AssertEmptyAsync();
        await Eventually.TrueAsync(() => server.Reasons.Count == 4, "the server's handlers");
        Assert.Equal(
            ["client namespace disconnect", "server namespace disconnect", "server namespace disconnect", "transport close"],
            server.Reasons.Select(reason => reason == "transport error" ? "transport close" : reason).Order());
    }

    private static Task<ClientServer> StartAsync(string client) =>
        ClientServer.StartAsync(options => options.Parser = client == "msgpack" ? new MessagePackPacketParser() : null);
}
