using System.Net;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>
/// Who may open a session: how many there may be, of one address and of all, how often an address may knock, and how many may be unsettled, their clients
/// having joined nothing yet.
/// Unsettled places are shared out. Where all are taken, the address that has far more than the newcomer's gives up its oldest, and so does anybody who has
/// had time enough to settle;
/// nobody can shut others out by taking places and doing nothing with them (docs/decisions/0035).
/// </summary>
internal sealed class Admission(EngineOptions options, TimeProvider time)
{
    /// <summary>How long an unsettled session may keep its place when others need it: many times what a client takes that means to join.</summary>
    public static readonly TimeSpan Tenure = TimeSpan.FromSeconds(5);

    private const int SweepFrom = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Visitor> _visitors = [];
    private readonly SortedSet<Visitor> _byUnsettled = [];
    private readonly LinkedList<Place> _unsettled = [];

    // What one address may have more than another before it must give up some of it: homes and offices share addresses too.
    private readonly int _slack = Math.Max(1, SmallestLimit(options) / 100);
    private int _sessions;
    private long _numbers;
    private int _sweepAt = SweepFrom;

    /// <summary>Addresses that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _visitors.Count;
        }
    }

    /// <summary>Takes a place for a session.</summary>
    public AdmissionResult TryEnter(IPAddress? address)
    {
        lock (_gate)
        {
            Sweep();
            var key = Visitor.KeyOf(address);
            ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_visitors, key, out _);
            var visitor = entry ??= new(_numbers++, options.MaxHandshakesPerSecond == 0
                ? null
                : new(options.MaxHandshakesPerSecond, Math.Max(options.MaxHandshakesPerSecond, options.MaxHandshakeBurst), time));

            // Unix sockets have no address; whoever is behind them is not one client.
            if (address is not null && visitor.Handshakes?.TryTake() == false)
                return AdmissionResult.OfAddress("address-handshakes", nameof(options.MaxHandshakesPerSecond));
            if (address is not null && options.MaxSessionsPerAddress > 0 && visitor.Sessions >= options.MaxSessionsPerAddress)
                return AdmissionResult.OfAddress("address-sessions", nameof(options.MaxSessionsPerAddress));
            if (FullBy() is not { } limit)
                return new(Enter(visitor, address));
            if (FindWhoGivesWay(visitor) is not { } oldest)
                return Refuse(limit);
            Leave(oldest, isEvicted: true);

            // The one that left may have been its last.
            _visitors[key] = visitor;
            return new(Enter(visitor, address)) { GivesWay = oldest, Limit = limit };
        }
    }

    /// <summary>The place's session is there; false when the place was given to somebody else meanwhile.</summary>
    public bool Attach(Place place, EngineSocket session)
    {
        lock (_gate)
        {
            place.Session = session;
            return !place.IsEvicted;
        }
    }

    /// <summary>The place's client has shown that it means it: it keeps the place.</summary>
    public void Settle(Place place)
    {
        lock (_gate)
        {
            if (!place.HasLeft)
                EndUnsettled(place);
        }
    }

    /// <summary>Gives the place back, once.</summary>
    public void Leave(Place place)
    {
        lock (_gate)
            Leave(place, isEvicted: false);
    }

    private static int SmallestLimit(EngineOptions options)
    {
        var limits = new[] { options.MaxSessions, options.MaxUnsettledSessions }.Where(static limit => limit > 0).ToArray();
        return limits.Length == 0 ? 0 : limits.Min();
    }

    private string? FullBy()
    {
        if (options.MaxSessions > 0 && _sessions >= options.MaxSessions)
            return nameof(options.MaxSessions);
        return options.MaxUnsettledSessions > 0 && _unsettled.Count >= options.MaxUnsettledSessions ? options.UnsettledLimitName : null;
    }

    private Place? FindWhoGivesWay(Visitor newcomer)
    {
        if (_byUnsettled.Max is { } most && most.Unsettled.Count > newcomer.Unsettled.Count + _slack)
            return most.Unsettled.First!.Value;
        return _unsettled.First?.Value is { } oldest && time.GetElapsedTime(oldest.Since) >= Tenure ? oldest : null;
    }

    // An address that has none would still get in where another has many: then it is not this worker that is full.
    private AdmissionResult Refuse(string limit) => _byUnsettled.Max is { } most && most.Unsettled.Count > _slack
        ? AdmissionResult.OfAddress("address-unconnected", "its share of " + limit)
        : new(null) { Reason = limit == nameof(options.MaxSessions) ? "max-sessions" : "max-unconnected", Limit = limit };

    private Place Enter(Visitor visitor, IPAddress? address)
    {
        var place = new Place(this, visitor, address, time.GetTimestamp());
        _sessions++;
        visitor.Sessions++;
        // Where nothing ever settles, nothing is unsettled.
        if (options.MaxUnsettledSessions > 0)
        {
            _byUnsettled.Remove(visitor);
            _unsettled.AddLast(place.InAll);
            visitor.Unsettled.AddLast(place.OfVisitor);
            _byUnsettled.Add(visitor);
        }

        return place;
    }

    private void Leave(Place place, bool isEvicted)
    {
        if (place.HasLeft)
            return;
        place.HasLeft = true;
        place.IsEvicted = isEvicted;
        EndUnsettled(place);
        _sessions--;
        if (--place.Visitor.Sessions == 0 && place.Visitor.IsForgettable)
            _visitors.Remove(Visitor.KeyOf(place.Address));
    }

    private void EndUnsettled(Place place)
    {
        if (place.InAll.List is null)
            return;
        var visitor = place.Visitor;
        _byUnsettled.Remove(visitor);
        _unsettled.Remove(place.InAll);
        visitor.Unsettled.Remove(place.OfVisitor);
        if (visitor.Unsettled.Count > 0)
            _byUnsettled.Add(visitor);
    }

    /// <summary>Those who knocked and have nothing to answer for any more are forgotten whenever the table has doubled.</summary>
    private void Sweep()
    {
        if (_visitors.Count < _sweepAt)
            return;
        foreach (var (key, visitor) in _visitors)
        {
            if (visitor is { Sessions: 0, IsForgettable: true })
                _visitors.Remove(key);
        }

        _sweepAt = Math.Max(SweepFrom, _visitors.Count * 2);
    }
}

/// <summary>Whether a session may begin.</summary>
/// <param name="Place">Its place; null when it may not.</param>
internal readonly record struct AdmissionResult(Place? Place)
{
    /// <summary>Why not: label of the counter.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Name of the setting that is reached.</summary>
    public string Limit { get; init; } = "";

    /// <summary>Whether others are still let in.</summary>
    public bool IsOfAddress { get; private init; }

    /// <summary>Whose session is to be ended now, for it had to give up its place.</summary>
    public Place? GivesWay { get; init; }

    public static AdmissionResult OfAddress(string reason, string limit) => new(null) { Reason = reason, Limit = limit, IsOfAddress = true };
}
