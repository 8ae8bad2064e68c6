using LoadClient.Measuring;
using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>A few rooms of two clients each, beside a crowd; a message from each side in turn.</summary>
internal sealed class SmallRooms(int rooms, int payload)
{
    // Messages of one sender that can be in flight, at most.
    private const int Ring = 1024;

    private readonly long[] _sentAt = new long[2 * rooms * Ring];
    private readonly int[] _sentBy = new int[2 * rooms];
    private readonly ClientFrame[] _frames =
        [.. Enumerable.Range(0, rooms).Select(room => ClientFrame.Event($"""["p2p","r{room}",""", payload, binary: false))];
    private Connection[] _clients = [];

    internal Histogram Latency { get; } = new();

    internal OrderCheck Check { get; } = new(2 * rooms);

    internal long Sent { get; private set; }

    /// <param name="clients">Two of each room, one behind the other: on different workers where the server has several addresses.</param>
    /// <param name="firstIndex">The index of the first of them.</param>
    internal async Task OpenAsync(Connection[] clients, int firstIndex)
    {
        _clients = clients;
        for (var i = 0; i < clients.Length; i++)
            clients[i].Index = firstIndex + i;
        await Crowd.EachAsync(clients.Length, 16, i => clients[i].CallAsync($"""["join","r{i / 2}"]"""));
    }

    internal void SendNext(long now)
    {
        var client = (int)(Sent++ % _clients.Length);
        var number = _sentBy[client]++;
        _sentAt[(client * Ring) + (number % Ring)] = now;
        _clients[client].Send(_frames[client / 2].Stamp(number).Bytes);
    }

    /// <summary>A message has come to the client of that place.</summary>
    internal void Receive(int client, in PayloadCheck message, long now)
    {
        var sender = client ^ 1;
        if (Check.Accept(sender, message.Sequence, message.IsRight))
            Latency.Add(Clock.Milliseconds(now - _sentAt[(sender * Ring) + (message.Sequence % Ring)]));
    }
}
