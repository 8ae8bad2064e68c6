using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Server;

/// <content>Finding, making and removing namespaces.</content>
public sealed partial class SocketIOServer
{
    /// <summary>The namespace of that name, made when it does not exist yet. A missing leading slash is added; an empty name is the main namespace.</summary>
    /// <remarks>
    /// A name that a pattern registered before matches becomes a namespace of that pattern, with its middlewares and handlers, as if a client had asked for it; a predicate
    /// is not asked. It exists on this worker; other workers make theirs.
    /// </remarks>
    public Namespace Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var full = name.StartsWith('/') ? name : "/" + name;
        return _namespaces.TryGetValue(full, out var known)
            ? known
            : TryAdd(full, Array.Find(_dynamic, parent => parent.Pattern?.IsMatch(full) == true))!;
    }

    /// <summary>Namespaces whose whole name the pattern matches somewhere (anchor it), made when a client asks for one.</summary>
    public DynamicNamespace Of(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Add(new DynamicNamespace(this, (name, _) => new ValueTask<bool>(pattern.IsMatch(name)), pattern));
    }

    /// <summary>Namespaces that a predicate accepts, by name and handshake, made when a client asks for one. Patterns and predicates are asked in the order they were registered.</summary>
    public DynamicNamespace Of(Func<string, Handshake?, ValueTask<bool>> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return Add(new DynamicNamespace(this, accepts));
    }

    internal Namespace? Find(string name) =>
        _namespaces.TryGetValue(name, out var ns) && ns.TryReserve() ? ns : null;

    /// <summary>The namespace that has taken the place of one that was cleaned up; null when there is none yet.</summary>
    internal Namespace? Successor(Namespace gone) => _namespaces.TryGetValue(gone.Name, out var present) && !ReferenceEquals(present, gone) ? present : null;

    /// <summary>Asks patterns and predicates in order; the first that accepts makes the namespace, unless somebody else did meanwhile. Null for the reason given.</summary>
    internal async ValueTask<(Namespace? Found, string WhyNot)> FindDynamicAsync(string name, Handshake handshake)
    {
        foreach (var parent in _dynamic)
        {
            if (!await IsAcceptedAsync(parent, name, handshake).ConfigureAwait(false))
                continue;
            while (TryAdd(name, parent, Options.MaxDynamicNamespaces) is { } ns)
            {
                if (ns.TryReserve())
                    return (ns, "");
                RemoveChild(ns, parent);
            }

            return (null, Rejections.TooManyDynamicNamespaces);
        }

        return (null, Rejections.InvalidNamespace);
    }

    /// <summary>A predicate that throws has not accepted; the next one is asked.</summary>
    private async ValueTask<bool> IsAcceptedAsync(DynamicNamespace parent, string name, Handshake handshake)
    {
        try
        {
            return await parent.AcceptsAsync(name, handshake).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Metrics.Failed("namespace");
            Socket.Log.HandlerFailed(Logger, e, "namespace", name);
            return false;
        }
    }

    internal void RemoveChild(Namespace child, DynamicNamespace parent)
    {
        ValueTask adapterGone;
        lock (_gate)
        {
            if (!_namespaces.TryRemove(new KeyValuePair<string, Namespace>(child.Name, child)))
                return;
            // Before anybody can make the namespace anew: there is one adapter of a name.
            adapterGone = child.Adapter.DisposeAsync();
            parent.Remove(child);
        }

        Interlocked.Decrement(ref _dynamicCount);
        if (child.Sessions is { } sessions)
            Sessions!.Remove(sessions);
        Observe(adapterGone, "namespace clean-up");
    }

    // Those whose last client was still expected back.
    private void RemoveEmptyNamespaces()
    {
        foreach (var ns in _namespaces.Values)
            ns.RemoveIfEmpty();
    }

    /// <summary>Makes a namespace unless it exists; null when it would be one dynamic namespace too many.</summary>
    private Namespace? TryAdd(string name, DynamicNamespace? parent, int mostDynamic = int.MaxValue)
    {
        Namespace made;
        lock (_gate)
        {
            if (_namespaces.TryGetValue(name, out var known))
                return known;
            if (parent is not null && System.Threading.Volatile.Read(ref _dynamicCount) >= mostDynamic)
                return null;
            made = _namespaces[name] = new Namespace(this, name, parent);
            if (parent is not null)
                Interlocked.Increment(ref _dynamicCount);
            parent?.Add(made);
        }

        if (name != "/")
            NamespaceCreated?.Invoke(made);
        return made;
    }

    private DynamicNamespace Add(DynamicNamespace dynamic)
    {
        lock (_gate)
            _dynamic = [.. _dynamic, dynamic];
        return dynamic;
    }
}
