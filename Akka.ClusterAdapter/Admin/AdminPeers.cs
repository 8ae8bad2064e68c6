using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// What workers tell each other for admin pages, as server-side events of the admin namespace. A worker that does not know them, or has no such namespace,
/// ignores them.
/// </summary>
internal sealed class AdminPeers(Namespace ns)
{
    private const string Session = "sio-admin:session";
    private const string SessionQuestion = "sio-admin:session?";
    private const string Watch = "sio-admin:watch";
    private const string Unwatch = "sio-admin:unwatch";
    private const string Stats = "sio-admin:stats";
    private const string Events = "sio-admin:events";
    private const string SocketsQuestion = "sio-admin:sockets?";
    private const string Command = "sio-admin:command";

    private static readonly TimeSpan SessionPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SocketsPatience = TimeSpan.FromSeconds(3);

    /// <summary>Somebody has logged in here.</summary>
    public ValueTask TellSessionAsync(string key, TimeSpan rest) => ns.ServerSideEmitAsync(Session, key, (long)rest.TotalSeconds);

    /// <summary>How long a session lasts yet, as the other workers know it; zero when none does.</summary>
    public async Task<TimeSpan> AskForSessionAsync(string key)
    {
        var reply = await ns.ServerSideEmitWithAnswersAsync<long>(SessionQuestion, [key], SessionPatience).ConfigureAwait(false);
        return TimeSpan.FromSeconds(reply.Answers.Select(static answer => answer.Value).DefaultIfEmpty().Max());
    }

    /// <summary>Pages are open here.</summary>
    public ValueTask TellWatchAsync() => ns.ServerSideEmitAsync(Watch, ns.Server.WorkerId);

    /// <summary>No page is open here any more.</summary>
    public ValueTask TellUnwatchAsync() => ns.ServerSideEmitAsync(Unwatch, ns.Server.WorkerId);

    public ValueTask TellStatsAsync(string serverId, byte[] stats) => ns.ServerSideEmitAsync(Stats, serverId, stats);

    /// <summary>What has happened here: an array of messages.</summary>
    public ValueTask TellEventsAsync(byte[] events) => ns.ServerSideEmitAsync(Events, events);

    /// <summary>The sockets of the other workers that answer in time: arrays of them.</summary>
    public async Task<IReadOnlyList<byte[]>> AskForSocketsAsync(int most)
    {
        var reply = await ns.ServerSideEmitWithAnswersAsync<byte[]>(SocketsQuestion, [most], SocketsPatience).ConfigureAwait(false);
        return [.. reply.Answers.Select(static answer => answer.Value).OfType<byte[]>()];
    }

    /// <summary>A command for a namespace that is not on this worker.</summary>
    public ValueTask TellCommandAsync(byte[] command) => ns.ServerSideEmitAsync(Command, command);

    public void OnSession(Action<string, TimeSpan> learn) =>
        ns.OnServerSide(Session, (string key, long seconds) => learn(key, TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue))));

    public void OnSessionQuestion(Func<string, TimeSpan> rest) => ns.OnServerSide(SessionQuestion, (string key) => (long)Math.Ceiling(rest(key).TotalSeconds));

    public void OnWatch(Action<string> watch) => ns.OnServerSide(Watch, (string worker) => watch(worker));

    public void OnUnwatch(Action<string> unwatch) => ns.OnServerSide(Unwatch, (string worker) => unwatch(worker));

    public void OnStats(Action<string, byte[]> stats) => ns.OnServerSide(Stats, (string serverId, byte[] json) => stats(serverId, json));

    public void OnEvents(Action<byte[]> events) => ns.OnServerSide(Events, (byte[] json) => events(json));

    public void OnSocketsQuestion(Func<int, Task<byte[]>> sockets) => ns.OnServerSide(SocketsQuestion, (int most) => sockets(most));

    public void OnCommand(Func<byte[], Task> run) => ns.OnServerSide(Command, (byte[] json) => run(json));
}
