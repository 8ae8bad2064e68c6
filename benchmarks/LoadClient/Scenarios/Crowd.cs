using System.Text.Json;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>All clients of a run, spread round-robin over the server's addresses.</summary>
internal sealed class Crowd(EventLoop loop, LoadSettings settings, IMessageHandler handler)
{
    private const int Attempts = 6;

    private readonly HashSet<Connection> _open = [];
    private int _nextServer;

    internal int Count => _open.Count;

    /// <summary>Handshakes that had to be tried again: a server may lose one.</summary>
    internal int StuckConnects { get; private set; }

    internal int ClosedUnexpectedly { get; private set; }

    /// <summary>How many clients each worker serves.</summary>
    internal SortedDictionary<string, int> Placement { get; } = [];

    /// <summary>One attempt; throws when it fails or takes longer than the connect time-out.</summary>
    internal async Task<Connection> ConnectOnceAsync()
    {
        var connection = new Connection(loop, handler, settings.Servers[_nextServer++ % settings.Servers.Length], settings.Source);
        if (await Task.WhenAny(connection.Ready, loop.DelayAsync(settings.ConnectSeconds)) != connection.Ready)
        {
            connection.Close();
            throw new TimeoutException($"Not connected within {settings.ConnectSeconds} s.");
        }
        await connection.Ready;
        _open.Add(connection);
        return connection;
    }

    internal async Task<Connection[]> ConnectAsync(int count, int concurrency = 32)
    {
        var connections = new Connection[count];
        await EachAsync(count, concurrency, async i => connections[i] = await ConnectAsync());
        return connections;
    }

    /// <summary>Asks every connection which worker serves it.</summary>
    internal async Task PlaceAsync(IReadOnlyList<Connection> connections)
    {
        await EachAsync(connections.Count, 64, async i =>
        {
            var node = connections[i].Node = JsonSerializer.Deserialize<string[]>(await connections[i].CallAsync("""["whoami"]"""))![0];
            Placement[node] = Placement.GetValueOrDefault(node) + 1;
        });
    }

    /// <summary>Fills the server's tables: so many rooms, each with one of the clients in it.</summary>
    internal static Task JoinOtherRoomsAsync(IReadOnlyList<Connection> connections, int rooms) =>
        EachAsync(connections.Count, 64, async i =>
        {
            for (var room = i; room < rooms; room += connections.Count)
                await connections[i].CallAsync($"""["join","other-{room}"]""");
        });

    internal static async Task EachAsync(int count, int concurrency, Func<int, Task> work)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, count)).Select(async _ =>
        {
            while (next < count)
                await work(next++);
        }));
    }

    internal void Close(Connection connection)
    {
        _open.Remove(connection);
        connection.Close();
    }

    internal void CloseAll()
    {
        foreach (var connection in _open.ToArray())
            Close(connection);
    }

    internal void Lost(Connection connection)
    {
        _open.Remove(connection);
        ClosedUnexpectedly++;
    }

    private async Task<Connection> ConnectAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ConnectOnceAsync();
            }
            catch (Exception error) when (error is IOException or TimeoutException && attempt < Attempts)
            {
                StuckConnects++;
            }
        }
    }
}
