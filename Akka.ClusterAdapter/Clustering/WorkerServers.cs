using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Membership;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>The servers that a member serves or emits to, by name. Thread-safe.</summary>
internal sealed class WorkerServers(ClusterAdapterExtension extension)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AkkaClusterAdapterFactory> _factories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _parsers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _served = new(StringComparer.Ordinal);

    /// <summary>The largest bodies of requests, in bytes, by server.</summary>
    public IReadOnlyDictionary<string, int> MaxPayloads { get; set; } = new Dictionary<string, int>();

    private ClusterState State => extension.State;

    /// <summary>Whether a server has a namespace here and has not let its clients go.</summary>
    public bool IsServing
    {
        get
        {
            foreach (var wire in State.Adapters.Keys)
            {
                if (!FactoryOf(ServerName.OfWire(wire)).HasLeft)
                    return true;
            }

            return false;
        }
    }

    public AkkaClusterAdapterFactory FactoryOf(string server)
    {
        lock (_gate)
        {
            if (!_factories.TryGetValue(server, out var factory))
                _factories.Add(server, factory = new(extension, server));
            return factory;
        }
    }

    public string? ParserOf(string server)
    {
        lock (_gate)
            return _parsers.GetValueOrDefault(server);
    }

    public bool IsServed(string server)
    {
        lock (_gate)
            return _served.Contains(server);
    }

    /// <summary>This member serves sockets of a server. True when it has something new to tell.</summary>
    /// <exception cref="InvalidOperationException">Another parser is in use for it already.</exception>
    public bool Serve(string server, string parser)
    {
        lock (_gate)
        {
            var isNew = UseParser(server, parser) | _served.Add(server);
            if (State.IsWorker)
                return isNew;
            // An emitter that was ready is none any more, and no worker yet.
            if (State.IsClustered)
                State.Readiness.Clear();
            State.IsWorker = true;
            return true;
        }
    }

    /// <summary>
    /// A server has ended, with its last namespace, while others of this worker go on. Not earlier: while its clients are here they are asked, and the other
    /// workers bring their requests. True when the others are to be told.
    /// </summary>
    public bool TryEnd(string server)
    {
        lock (_gate)
        {
            // A worker whose last server ends leaves, which says more.
            if (!_served.Contains(server) || _served.Count == 1 || State.Readiness.EndedBecause is not null
                || State.Adapters.Keys.Any(wire => ServerName.OfWire(wire) == server))
                return false;
            return _served.Remove(server);
        }
    }

    /// <summary>This member emits to a server. True when it has something new to tell.</summary>
    /// <exception cref="InvalidOperationException">Another parser is in use for it already.</exception>
    public bool Emit(string server, string parser)
    {
        lock (_gate)
        {
            UseParser(server, parser);
            State.IsEmitter = true;
            return State.IsEmitter;
        }
    }

    /// <summary>What is told of the servers; null while there is none.</summary>
    public PeerCard? Card()
    {
        lock (_gate)
        {
            if (_parsers.Count == 0)
                return null;
            // What a worker only emits to, it has not.
            var told = State.IsEmitter ? _parsers : _parsers.Where(server => _served.Contains(server.Key)).ToDictionary();
            var card = new PeerCard { Parser = FirstParser(told), Servers = PeerServers.Write(told, MaxPayloads) };
            return State.IsEmitter
                ? card with { Kind = PeerKind.Emitter }
                : card with
                {
                    Tag = extension.Tag,
                    Url = extension.AdvertisedUrl,
                    ForwardToken = extension.ForwardToken,
                    MaxPayload = MaxPayloads.GetValueOrDefault(ServerName.Unnamed),
                };
        }
    }

    public Task LetGoAsync()
    {
        AkkaClusterAdapterFactory[] all;
        lock (_gate)
            all = [.. _factories.Values];
        return Task.WhenAll(all.Select(static factory => factory.LetGoAsync()));
    }

    // A member without an unnamed server writes the parser of its first one there: workers that know of no others compare it with theirs.
    private static string FirstParser(Dictionary<string, string> parsers) =>
        parsers.TryGetValue(ServerName.Unnamed, out var unnamed)
            ? unnamed
            : parsers.OrderBy(static server => server.Key, StringComparer.Ordinal).Select(static server => server.Value).First();

    private bool UseParser(string server, string name)
    {
        if (_parsers.TryGetValue(server, out var known) && known != name)
        {
            throw new InvalidOperationException(server.Length == 0
                ? $"This worker uses the packet parser '{known}'; it cannot use '{name}' too."
                : $"This worker uses the packet parser '{known}' for its server '{server}'; it cannot use '{name}' too.");
        }

        return _parsers.TryAdd(server, name);
    }
}
