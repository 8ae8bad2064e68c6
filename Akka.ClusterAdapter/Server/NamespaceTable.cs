using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// The namespaces of one server: those that are there, the patterns that make more of them, and those that were emptied and that the application may
/// have kept. There is one object of a name at a time (docs/decisions/0055). Thread-safe.
/// </summary>
internal sealed partial class NamespaceTable(SocketIOServer server)
{
    private readonly ConcurrentDictionary<string, Namespace> _present = new(StringComparer.Ordinal);
    private readonly WeakTable<Namespace> _emptied = new();
    private readonly Lock _gate = new();
    private readonly DynamicNamespaceQuota _quota = new(server.Options.MaxDynamicNamespaces);
    private DynamicNamespace[] _dynamic = [];

    /// <summary>Those that are there.</summary>
    public ICollection<Namespace> Present => _present.Values;

    /// <summary>Names of emptied namespaces that are remembered, whether anybody holds them or not.</summary>
    public int EmptiedCount
    {
        get
        {
            lock (_gate)
                return _emptied.Count;
        }
    }

    /// <summary>The namespace of that name, made when it does not exist; where a pattern matches, as one of its children.</summary>
    public Namespace Of(string name)
    {
        if (_present.TryGetValue(name, out var known))
            return known;
        if (name.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException($"No client can ask for the namespace {name}: a comma ends its name.", nameof(name));
        if (name.Length > server.Options.MaxNamespaceLength)
        {
            throw new ArgumentException(
                $"No client can ask for a namespace of {name.Length} characters: MaxNamespaceLength is {server.Options.MaxNamespaceLength}.", nameof(name));
        }

        return TryMake(name, Array.Find(_dynamic, parent => parent.Pattern?.IsMatch(name) == true), takePlace: null)!;
    }

    public DynamicNamespace Add(DynamicNamespace dynamic)
    {
        lock (_gate)
            _dynamic = [.. _dynamic, dynamic];
        return dynamic;
    }

    /// <summary>A namespace for a client, reserved; null when there is none.</summary>
    public Namespace? Find(string name) => _present.TryGetValue(name, out var ns) && ns.Life.TryReserve() ? ns : null;

    /// <summary>
    /// Asks patterns and predicates in order; the first that accepts makes the namespace, unless somebody else did meanwhile. Reserved; null for the
    /// reason given.
    /// </summary>
    /// <exception cref="ConnectErrorException">A predicate refuses the client.</exception>
    public async ValueTask<(Namespace? Found, string WhyNot)> FindDynamicAsync(string name, Handshake handshake, IPAddress? address)
    {
        foreach (var parent in _dynamic)
        {
            if (!await IsAcceptedAsync(parent, name, handshake).ConfigureAwait(false))
                continue;
            while (TryMake(name, parent, () => _quota.TryTake(address)) is { } ns)
            {
                if (ns.Life.TryReserve())
                    return (ns, "");
                Remove(ns);
            }

            Log.TooManyNamespaces(server.Logger, name, address, server.Options.MaxDynamicNamespaces);
            return (null, Rejections.TooManyDynamicNamespaces);
        }

        return (null, Rejections.InvalidNamespace);
    }

    /// <summary>Takes out a namespace whose life is over; harmless when somebody else did.</summary>
    public void Remove(Namespace ns)
    {
        Exception? failure = null;
        lock (_gate)
        {
            if (!_present.TryGetValue(ns.Name, out var present) || present != ns || !ns.Life.IsOver)
                return;
            _present.TryRemove(ns.Name, out _);
            _emptied.Set(ns.Name, ns);
            ns.Life.Parent?.Remove(ns);
            ns.Life.Place?.Release();
            try
            {
                ns.End();
            }
            catch (Exception e)
            {
                failure = e;
            }
        }

        if (failure is not null)
            server.Guard.Fail("namespace clean-up", failure);
    }

    /// <summary>An emptied namespace, which the caller holds, is there again: as a child of what it was made from, whose middlewares guard it.</summary>
    public void Revive(Namespace ns)
    {
        Remove(ns);
        TryMake(ns.Name, ns.Life.Parent, takePlace: null);
    }

    /// <summary>Ends those whose last client was still expected back.</summary>
    public void EndEmpty()
    {
        foreach (var ns in _present.Values)
            ns.EndIfEmpty();
    }

    /// <summary>Lets all adapters go; nothing can be sent any more, not even on a namespace that was emptied.</summary>
    public async Task CloseAsync()
    {
        // Under one lock: one that is emptied meanwhile would be in neither.
        Namespace[] all;
        lock (_gate)
            all = [.. _present.Values, .. _emptied.Values];
        foreach (var ns in all)
            await server.Guard.RunAsync("adapter", static adapter => adapter.DisposeAsync().AsTask(), ns.Adapter).ConfigureAwait(false);
    }

    /// <summary>A predicate that throws has not accepted; the next one is asked. A <see cref="ConnectErrorException"/> refuses the client.</summary>
    private async ValueTask<bool> IsAcceptedAsync(DynamicNamespace parent, string name, Handshake handshake)
    {
        try
        {
            return await parent.AcceptsAsync(name, handshake).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ConnectErrorException)
        {
            server.Metrics.Failed("namespace");
            Log.PredicateFailed(server.Logger, e, name);
            return false;
        }
    }

    /// <summary>Makes a namespace unless it exists; null when a client asks for it and there is no place for it.</summary>
    private Namespace? TryMake(string name, DynamicNamespace? parent, Func<DynamicNamespaceQuota.Place?>? takePlace)
    {
        Namespace made;
        lock (_gate)
        {
            if (_present.TryGetValue(name, out var known))
                return known;
            var place = takePlace?.Invoke();
            if (takePlace is not null && place is null)
                return null;
            made = _present[name] = Make(name, parent, place);
            parent?.Add(made);
        }

        var life = made.Life;
        if (name != "/")
            server.TellOfNew(made);
        life.Announce();
        return made;
    }

    /// <summary>The one that somebody has kept, or a new one.</summary>
    private Namespace Make(string name, DynamicNamespace? parent, DynamicNamespaceQuota.Place? place)
    {
        try
        {
            var life = new NamespaceLife(parent, place);
            if (_emptied.Find(name) is not { } kept)
                return new Namespace(server, name, life);
            kept.Begin(life);
            _emptied.Remove(name);
            return kept;
        }
        catch
        {
            place?.Release(); // the adapter could not be made
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2062, LogLevel.Error, "A handler of \"namespace\" in {Namespace} threw.")]
        public static partial void PredicateFailed(ILogger logger, Exception exception, string @namespace);

        [LoggerMessage(2061, LogLevel.Warning,
            "Namespace {Namespace} was not made for a client at {Address}: of MaxDynamicNamespaces ({Most}) no address may hold more than "
            + "are still free. Behind a proxy, use forwarded headers: all clients have its address otherwise.")]
        public static partial void TooManyNamespaces(ILogger logger, string @namespace, IPAddress? address, int most);
    }
}
