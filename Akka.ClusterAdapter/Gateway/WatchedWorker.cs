using System.Collections.Concurrent;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Forwarding;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>A worker as a gateway sees it. Written by the watch, read by requests.</summary>
internal sealed class WatchedWorker(string id)
{
    private readonly ConcurrentDictionary<string, byte> _busy = new(StringComparer.Ordinal);
    private volatile PeerCard? _card;
    private volatile WorkerAddress? _address;
    private volatile bool _isReachable = true;
    private volatile bool _isReady;
    private long _reported;
    private long _assigned;
    private long _assignedWhenAsked;
    private long _assignedWhenReported;

    public string Id { get; } = id;

    /// <summary>Where it is; null while that is not known.</summary>
    public WorkerAddress? Address => _address;

    /// <summary>Where a server of it is; null while that is not known, or without that server.</summary>
    public WorkerAddress? AddressOf(string server) => server.Length == 0 ? _address : _card is { } card ? WorkerAddress.Of(Id, card, server) : null;

    /// <summary>True when it is known, whatever servers it has.</summary>
    public bool IsKnown => _card is { Url.Length: > 0 };

    /// <summary>Where it is; null while that is not known.</summary>
    public string? Url => _card?.Url;

    /// <summary>True when it may get new sessions of its unnamed server.</summary>
    public bool IsOpen => IsOpenFor("");

    /// <summary>True when it may get new sessions of a server.</summary>
    public bool IsOpenFor(string server) => _isReady && _isReachable && !_busy.ContainsKey(server) && AddressOf(server) is not null;

    /// <summary>True while the cluster reaches it.</summary>
    public bool IsReachable
    {
        set => _isReachable = value;
    }

    /// <summary>Its sessions when it last told, and those that were sent to it since it was asked.</summary>
    public long Load => Interlocked.Read(ref _reported) + Interlocked.Read(ref _assigned) - Interlocked.Read(ref _assignedWhenReported);

    /// <summary>A new session is sent to it.</summary>
    public void Assign() => Interlocked.Increment(ref _assigned);

    /// <summary>It is being asked now.</summary>
    public void Ask() => _assignedWhenAsked = Interlocked.Read(ref _assigned);

    /// <summary>It has answered.</summary>
    public void Report(WorkerStatus status)
    {
        Interlocked.Exchange(ref _reported, status.Sessions);
        Interlocked.Exchange(ref _assignedWhenReported, _assignedWhenAsked);
        _card = status.Card;
        _address = WorkerAddress.Of(status.WorkerId, status.Card);
        _isReady = status.IsReady;
        _busy.Clear();
    }

    /// <summary>It does not take sessions until it says so again.</summary>
    public void Doubt() => _isReady = false;

    /// <summary>
    /// One of its servers takes no sessions: it is full, or leaves. It gets none until the worker tells again how it is. The worker's other servers are not
    /// affected.
    /// </summary>
    public void Doubt(string server) => _busy.TryAdd(server, 0);
}
