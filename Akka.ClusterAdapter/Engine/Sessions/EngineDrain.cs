namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>
/// Lets the clients of a server that stops go, one after the other and in any order, so that they do not come back to the other workers all at once. Those who
/// only go through it to other workers stay, unless its worker ends with it.
/// </summary>
/// <param name="server">The server; it takes no new sessions any more.</param>
/// <param name="letGo">Closes a session so that what is queued still reaches its client.</param>
internal sealed class EngineDrain(EngineServer server, Action<EngineSocket> letGo)
{
    private const int LooksPerRelease = 10;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time = server.Clock.Time;
    private readonly long _start = server.Clock.Now;

    /// <summary>Ends when every client is gone, and at the limit at the latest.</summary>
    /// <param name="limit">How long it may take. Clients are let go within its first half; the other half is for those that are slow to take their leave. A
    /// client that polls and of which nothing is heard for half of it is gone.</param>
    /// <param name="hurry">Cuts it short.</param>
    public async Task RunAsync(TimeSpan limit, CancellationToken hurry)
    {
        try
        {
            await SpreadAsync(limit / 2, hurry).ConfigureAwait(false);
            await WaitAsync(limit, hurry).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hurry.IsCancellationRequested)
        {
            // Who is still here is cut off.
        }

        foreach (var (transport, _) in server.Lingering)
            transport.Abort();
        foreach (var (_, session) in server.Sessions)
        {
            if (session.IsAbsentFor(limit / 2))
                session.Close(discard: true);
        }
    }

    private async Task SpreadAsync(TimeSpan most, CancellationToken hurry)
    {
        Action[] leaving =
        [
            .. server.Sessions.Values.Select(session => new Action(() => letGo(session))),
            .. server.Others.IsWorkerEnding() ? server.Others.WebSocketCuts() : [],
        ];
        Random.Shared.Shuffle(leaving);
        var slot = leaving.Length * Pace < most ? Pace : most / leaving.Length;
        for (var i = 0; i < leaving.Length; i++)
        {
            await WaitUntilAsync(slot * (i + Random.Shared.NextDouble()), hurry).ConfigureAwait(false);
            server.Guard.Run(nameof(EngineDrain), static leave => leave(), leaving[i]);
        }
    }

    private Task WaitUntilAsync(TimeSpan moment, CancellationToken hurry)
    {
        var rest = moment - _time.GetElapsedTime(_start);
        return rest > TimeSpan.Zero ? Task.Delay(rest, _time, hurry) : Task.CompletedTask;
    }

    private async Task WaitAsync(TimeSpan limit, CancellationToken hurry)
    {
        using var looks = new PeriodicTimer(Look, _time);
        for (var look = 0; IsAnybodyHere(limit / 2) && _time.GetElapsedTime(_start) < limit; look++)
        {
            // A release may come before its poll.
            if (look % LooksPerRelease == 0 && server.Others.IsWorkerEnding())
            {
                server.Others.CutLateUpgrades();
                await server.Others.ReleasePollsAsync().WaitAsync(hurry).ConfigureAwait(false);
            }

            await looks.WaitForNextTickAsync(hurry).ConfigureAwait(false);
        }
    }

    private bool IsAnybodyHere(TimeSpan absence)
    {
        var isHere = false;
        foreach (var (_, session) in server.Sessions)
        {
            // A handshake that was under way when the server began to stop has opened a session since.
            if (session.IsOpen)
                server.Guard.Run(nameof(EngineDrain), letGo, session);
            isHere |= !session.IsAbsentFor(absence);
        }

        return isHere || !server.Lingering.IsEmpty || (server.Others.IsWorkerEnding() && server.Others.IsAnswering);
    }
}
