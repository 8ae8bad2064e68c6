using System.Collections.Concurrent;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// Whether somebody looks, here or at another worker: then there is a timer, this worker listens to itself and tells what it hears. When nobody does, there
/// is nothing of all that. A worker with pages says so every two seconds; who has not said so for a while is not believed any more.
/// </summary>
internal sealed class AdminWatch : IDisposable
{
    /// <summary>Tells another worker, not its pages, that something was left out.</summary>
    private const string Lost = "sio-admin:lost";

    private const int TurnsInSecond = 10;
    private const int TurnsBetweenStats = 2 * TurnsInSecond;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(7);

    private readonly Namespace _ns;
    private readonly SocketIOServer _io;
    private readonly AdminPages _pages;
    private readonly AdminPeers _peers;
    private readonly SocketWatch? _sockets;
    private readonly TrafficCounts _traffic;
    private readonly WorkerStats _stats;
    private readonly ConcurrentDictionary<string, long> _watchers = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private int _turn;
    private int _isTurning;
    private int _isTelling;
    private bool _isDisposed;

    /// <param name="ns">The admin namespace.</param>
    /// <param name="pages">The pages of this worker.</param>
    /// <param name="peers">The other workers.</param>
    /// <param name="view">How sockets are shown.</param>
    /// <param name="serverId">This worker's name on the page.</param>
    /// <param name="isDevelopment">Whether more than numbers is told.</param>
    public AdminWatch(Namespace ns, AdminPages pages, AdminPeers peers, SocketView view, string serverId, bool isDevelopment)
    {
        (_ns, _io, _pages, _peers) = (ns, ns.Server, pages, peers);
        _sockets = isDevelopment ? new(_io, ns, view, Feed) : null;
        _traffic = new(_io.Engine, _io.Time);
        _stats = new(_io, serverId, _traffic);
        peers.OnWatch(OnWatch);
        peers.OnUnwatch(worker => _watchers.TryRemove(worker, out _));
        peers.OnStats((worker, stats) => pages.SetStats(worker, new("server_stats", stats)));
        peers.OnEvents(OnEvents);
    }

    /// <summary>In every turn, while somebody looks.</summary>
    public event Action? Ticked;

    /// <summary>What has happened here and is not told yet.</summary>
    public AdminFeed Feed { get; } = new();

    /// <summary>Whether this worker listens to itself now.</summary>
    public bool IsOn
    {
        get
        {
            lock (_gate)
                return _timer is not null;
        }
    }

    /// <summary>Somebody has begun to look.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_timer is not null || _isDisposed)
            {
                // Whoever came just now wants the numbers too.
                _turn = 0;
                return;
            }

            _turn = 0;
            _sockets?.Attach();
            _traffic.Attach();
            _timer = _io.Guard.CreateTimer(_io.Time, "admin", static watch => watch.OnTurn(), this, TimeSpan.Zero, Turn);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            End();
        }
    }

    private bool IsWanted => !_pages.IsEmpty || !_watchers.IsEmpty;

    // Under the lock.
    private void End()
    {
        if (_timer is null)
            return;
        _timer.Dispose();
        _timer = null;
        _sockets?.Detach();
        _traffic.Detach();
    }

    private void OnWatch(string worker)
    {
        _watchers[worker] = _io.Time.GetTimestamp();
        Begin();
    }

    private void OnEvents(byte[] events)
    {
        if (_pages.IsEmpty)
            return;
        using var document = AdminJson.Parse(events);
        foreach (var message in document.RootElement.EnumerateArray())
        {
            if (message[0].GetString()! is var name && name == Lost)
                _pages.Lose(message[1][0].GetInt64());
            else
                _pages.Offer(new(name, AdminJson.Of(message[1], static (json, args) => args.WriteTo(json))));
        }
    }

    private void OnTurn()
    {
        if (Interlocked.Exchange(ref _isTurning, 1) != 0)
            return;
        try
        {
            if (!StillWanted())
                return;
            // What the others do not take at once must not hold up the pages here, and not run into the next turn.
            if (Interlocked.Exchange(ref _isTelling, 1) == 0)
                _io.Guard.Observe("admin", TellAsync(_turn++));
            foreach (var page in _pages.All)
                _io.Guard.Run("admin-page", static page => page.Pump(), page);
            Ticked?.Invoke();
        }
        finally
        {
            Volatile.Write(ref _isTurning, 0);
        }
    }

    private async Task TellAsync(int turn)
    {
        try
        {
            if (turn % TurnsInSecond == 0)
                _traffic.Sample();
            await TellEventsAsync().ConfigureAwait(false);
            if (turn % TurnsBetweenStats == 0)
                await TellStatsAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The server is closing.
        }
        finally
        {
            Volatile.Write(ref _isTelling, 0);
        }
    }

    private bool StillWanted()
    {
        foreach (var (worker, since) in _watchers)
        {
            if (_io.Time.GetElapsedTime(since) > Lease)
                _watchers.TryRemove(KeyValuePair.Create(worker, since));
        }

        lock (_gate)
        {
            if (!IsWanted)
                End();
            return _timer is not null;
        }
    }

    private async ValueTask TellStatsAsync()
    {
        var stats = _stats.ToJson();
        _pages.SetStats(_stats.ServerId, new("server_stats", stats));
        if (!_pages.IsEmpty)
            await _peers.TellWatchAsync().ConfigureAwait(false);
        if (!_watchers.IsEmpty)
            await _peers.TellStatsAsync(_stats.ServerId, stats).ConfigureAwait(false);
    }

    private async ValueTask TellEventsAsync()
    {
        var messages = new List<AdminMessage>();
        foreach (var item in Feed.Take())
            _io.Guard.Run("admin-event", static it => it.messages.Add(AdminMessage.Of(it.item.Name, it.item.Write)), (messages, item));
        foreach (var message in messages)
            _pages.Offer(message);
        if (Feed.TakeLost() is > 0 and var lost)
        {
            _pages.Lose(lost);
            messages.Add(AdminMessage.Of(Lost, json => json.WriteNumberValue(lost)));
        }

        if (messages.Count > 0 && !_watchers.IsEmpty)
            await _peers.TellEventsAsync(ToJson(messages)).ConfigureAwait(false);
    }

    private static byte[] ToJson(List<AdminMessage> messages) => AdminJson.Of(messages, static (json, messages) =>
    {
        json.WriteStartArray();
        foreach (var message in messages)
        {
            json.WriteStartArray();
            json.WriteStringValue(message.Name);
            json.WriteRawValue(message.Args.Span, skipInputValidation: true);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    });
}
