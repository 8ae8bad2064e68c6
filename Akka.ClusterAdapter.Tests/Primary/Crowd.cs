using System.Globalization;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>
/// Official clients in a Node.js process that come back by themselves, and a steady stream of broadcasts among them, while workers are replaced.
/// </summary>
internal sealed class Crowd : LineProcess
{
    private readonly int _clients;
    private readonly int _perSecond;

    private Crowd(string program, string url, int clients, int broadcastsPerSecond)
        : base(
            "node",
            ["crowd/main.mjs", program, url, clients.ToString(CultureInfo.InvariantCulture), broadcastsPerSecond.ToString(CultureInfo.InvariantCulture)],
            ChatClient.Scripts)
    {
        _clients = clients;
        _perSecond = broadcastsPerSecond;
    }

    /// <summary>Waits until all are connected; from then on there are broadcasts.</summary>
    /// <param name="program">What they talk to: <c>server</c> is examples/TestServer, <c>chat</c> the chat of examples/SeedNodes.</param>
    /// <param name="url">Where.</param>
    /// <param name="clients">How many listen.</param>
    /// <param name="broadcastsPerSecond">How many broadcasts, as far as the machine keeps up.</param>
    public static async Task<Crowd> GatherAsync(string program, string url, int clients, int broadcastsPerSecond)
    {
        var crowd = new Crowd(program, url, clients, broadcastsPerSecond) { Deadline = TimeSpan.FromMinutes(5) };
        await crowd.LineAsync("READY");
        return crowd;
    }

    /// <summary>Ends the broadcasts and says what happened; fails when anything was lost, or too little happened to show anything.</summary>
    public async Task<CrowdVerdict> NothingIsLostAsync()
    {
        await WriteLineAsync("finish");
        var text = await LineAsync("\"verdict\":");
        var verdict = JsonSerializer.Deserialize<CrowdVerdict>(text, JsonSerializerOptions.Web)!;

        Assert.True(verdict is { Missed: 0, Twice: 0, Disordered: 0, Holes: 0 }, text);
        Assert.True(verdict is { ServerErrors: 0, Refused: 0 }, text);
        // The official client waits up to 5 s before it tries again; what the clients' own process stood still for is not the server's.
        Assert.True(verdict.Away == 0 && verdict.LongestAway <= 12_000 + (2 * verdict.Stall) && verdict.Details.Length == 0, text);
        // Everybody was on a worker that was replaced, and there were broadcasts all the time, as many as the machine could, enough of them owed.
        Assert.True(verdict.Departures >= _clients, text);
        Assert.True(verdict.Sent >= _perSecond, text);
        Assert.True(verdict.Owed >= (long)_perSecond * _clients / 2, text);
        return verdict;
    }
}

/// <summary>What happened to a crowd.</summary>
/// <param name="Seconds">How long there were broadcasts.</param>
/// <param name="Sent">Broadcasts that their worker has acknowledged.</param>
/// <param name="Unacknowledged">Those whose sender lost its worker first.</param>
/// <param name="Owed">Broadcasts times clients that were served when they were sent, and 250 ms later.</param>
/// <param name="Missed">Those of them that were not heard.</param>
/// <param name="Twice">What a client heard once more on one connection.</param>
/// <param name="Disordered">What a client heard after a later one of the same sender, on one connection.</param>
/// <param name="Holes">How often something is missing between two numbers of a sender that a client heard on one connection.</param>
/// <param name="Again">
/// What a client heard on its next connection that it had heard on an earlier one: the workers have no order in common, and the next may be behind the
/// one before it. Without recovery the worker cannot know what a new socket's client has heard, so that is no fault.
/// </param>
/// <param name="Departures">Disconnections.</param>
/// <param name="Away">Clients that have not come back.</param>
/// <param name="LongestAway">Milliseconds from a disconnection until the client is back, at most.</param>
/// <param name="LongestWay">Who that was, and what it tried meanwhile.</param>
/// <param name="Stall">Milliseconds that the clients' process was not let run, at most at once.</param>
/// <param name="ServerErrors">HTTP answers from 500.</param>
/// <param name="Refused">New connections that nobody listened for.</param>
/// <param name="Silences">Clients that found out by waiting for a ping that their connection was over, and what they were doing.</param>
/// <param name="Details">What there is to say about failures.</param>
internal sealed record CrowdVerdict(
    double Seconds, int Sent, int Unacknowledged, long Owed, long Missed, int Twice, int Disordered, int Holes, int Again,
    int Departures, int Away, int LongestAway, string[] LongestWay, int Stall, int ServerErrors, int Refused,
    string[] Silences, string[] Details)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Sent} broadcasts in {Seconds:0.0} s ({Sent / Seconds:0} a second, {Unacknowledged} without acknowledgement), {Owed} owed and heard, "
        + $"{Again} heard on a next connection as well; {Departures} departures, longest {LongestAway} ms "
        + $"({string.Join("; ", LongestWay)}); the clients' process stood still for {Stall} ms; "
        + $"silent until a ping was due: {string.Join("; ", Silences.DefaultIfEmpty("nobody"))}");
}
