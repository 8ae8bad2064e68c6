using System.Net;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <content>Finding, making and removing namespaces.</content>
public sealed partial class SocketIOServer
{
    /// <summary>The namespace of that name, made when it does not exist yet. A missing leading slash is added; an empty name is the main namespace.</summary>
    /// <remarks>
    /// A name that a pattern registered before matches becomes a namespace of that pattern, with its middlewares and handlers, as if a client had asked for it; a predicate
    /// is not asked. It exists on this worker; other workers make theirs. Once it has handlers or middlewares of its own it stays, whatever <see cref="SocketIOOptions.CleanupEmptyChildNamespaces"/> says.
    /// </remarks>
    public Namespace Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var full = name.StartsWith('/') ? name : "/" + name;
        return _namespaces.TryGetValue(full, out var known)
            ? known
            : TryAdd(full, Array.Find(_dynamic, parent => parent.Pattern?.IsMatch(full) == true), null)!;
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
    internal async ValueTask<(Namespace? Found, string WhyNot)> FindDynamicAsync(string name, Handshake handshake, IPAddress? address)
    {
        foreach (var parent in _dynamic)
        {
            if (!await IsAcceptedAsync(parent, name, handshake).ConfigureAwait(false))
                continue;
            while (TryAdd(name, parent, () => _quota.TryTake(address)) is { } ns)
            {
                if (ns.TryReserve())
                    return (ns, "");
                RemoveChild(ns, ns.Parent ?? parent);
            }

            Log.TooManyNamespaces(Logger, name, address, Options.MaxDynamicNamespaces);
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
            adapterGone = DisposeOf(child.Adapter);
            parent.Remove(child);
        }

        child.Place?.Release();
        if (child.Sessions is { } sessions)
            Sessions!.Remove(sessions);
        Observe(adapterGone, "namespace clean-up");
    }

    private static ValueTask DisposeOf(IAdapter adapter)
    {
        try
        {
            return adapter.DisposeAsync();
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    // Those whose last client was still expected back.
    private void RemoveEmptyNamespaces()
    {
        foreach (var ns in _namespaces.Values)
            ns.RemoveIfEmpty();
    }

    /// <summary>Makes a namespace unless it exists; null when a client asks for it and there is no place for it.</summary>
    private Namespace? TryAdd(string name, DynamicNamespace? parent, Func<DynamicNamespaceQuota.Place?>? takePlace)
    {
        Namespace made;
        lock (_gate)
        {
            if (_namespaces.TryGetValue(name, out var known))
                return known;
            var place = takePlace?.Invoke();
            if (takePlace is not null && place is null)
                return null;
            made = _namespaces[name] = Make(name, parent, place);
            parent?.Add(made);
        }

        if (name != "/")
            Guard.Raise("namespace-created", NamespaceCreated, static (handler, ns) => handler(ns), made);
        made.Announce();
        return made;
    }

    private Namespace Make(string name, DynamicNamespace? parent, DynamicNamespaceQuota.Place? place)
    {
        try
        {
            return new Namespace(this, name, parent, place);
        }
        catch
        {
            place?.Release(); // the adapter could not be made
            throw;
        }
    }

    private DynamicNamespace Add(DynamicNamespace dynamic)
    {
        lock (_gate)
            _dynamic = [.. _dynamic, dynamic];
        return dynamic;
    }

    private static partial class Log
    {
        [LoggerMessage(4, LogLevel.Warning, "Namespace {Namespace} was not made for a client at {Address}: of MaxDynamicNamespaces ({Most}) no address may hold more than are still free. Behind a proxy, use forwarded headers: all clients have its address otherwise.")]
        public static partial void TooManyNamespaces(ILogger logger, string @namespace, IPAddress? address, int most);
    }
}
