using System.Text;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>What clients saw of a scenario, step by step, and what the handlers saw of the clients.</summary>
internal sealed class Transcript
{
    private readonly StringBuilder _text = new();

    /// <summary>Runs a scenario; <paramref name="patience"/> is how long to wait, at least, for what comes late.</summary>
    public static async Task<string> OfAsync(IServerUnderTest server, Scenario scenario, HttpClient http, TimeSpan patience)
    {
        await server.ForgetAsync(scenario.Variant);
        var transcript = new Transcript();
        var clients = Enumerable.Range(0, scenario.Clients).Select(i => new RawClient(server.Address(scenario.Variant), http, i, scenario.Variant)).ToList();
        for (var i = 0; i < scenario.Steps.Count; i++)
        {
            await clients[scenario.Steps[i].Client].DoAsync(scenario.Steps[i]);
            await SettleAsync(clients, patience);
            transcript.Add(i, clients);
        }

        await transcript.AddServersViewAsync(server, scenario);
        foreach (var client in clients)
        {
            await client.EndAsync();
            client.Dispose();
        }

        await WaitForNoneAsync(server, scenario);
        return transcript._text.ToString();
    }

    /// <summary>Until two rounds to the server and back, for everybody, brought nothing new.</summary>
    private static async Task SettleAsync(List<RawClient> clients, TimeSpan patience)
    {
        for (int before = -1, quiet = 0, rounds = 0; quiet < 2 && rounds < 50; rounds++)
        {
            if (patience > TimeSpan.Zero && rounds < 2)
                await Task.Delay(patience, TimeProvider.System);
            foreach (var client in clients)
                await client.RoundTripAsync();
            var seen = clients.Sum(client => client.SeenCount);
            quiet = seen == before ? quiet + 1 : 0;
            before = seen;
        }
    }

    private static async Task WaitForNoneAsync(IServerUnderTest server, Scenario scenario)
    {
        for (var i = 0; !IsOver(await server.SeenAsync(scenario.Variant)); i++)
        {
            if (i > 3_000)
                throw new TimeoutException($"{server.GetType().Name} keeps sessions of clients that have gone, after {scenario}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>A socket's life is three lines: it came, its rooms when it went, why it went.</summary>
    private static bool IsOver((IReadOnlyList<string> Log, int Sessions) seen) =>
        seen.Sessions == 0 && seen.Log.Count == 3 * seen.Log.Count(line => line.EndsWith(" connection", StringComparison.Ordinal));

    private void Add(int step, List<RawClient> clients)
    {
        for (var i = 0; i < clients.Count; i++)
        {
            foreach (var seen in clients[i].Take())
                _text.Append("step ").Append(step).Append(", client ").Append(i).Append(": ")
                    .Append(seen.Length > 300 ? seen[..300] + $"… ({seen.Length})" : seen.ReplaceLineEndings(" ")).Append('\n');
        }
    }

    /// <summary>
    /// Sorted by client: which of several heard first is not promised. Which of the two words stands for a connection that the server closed
    /// depends, in the original, on what waited to be sent.
    /// </summary>
    private async Task AddServersViewAsync(IServerUnderTest server, Scenario scenario)
    {
        foreach (var line in (await server.SeenAsync(scenario.Variant)).Log.OrderBy(line => line.Split(' ')[0], StringComparer.Ordinal))
            _text.Append("server: ").Append(line.Replace("forced server close", "forced close", StringComparison.Ordinal)).Append('\n');
    }
}
