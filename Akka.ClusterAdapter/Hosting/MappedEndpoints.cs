using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>What one application has mapped, so that nothing is mapped twice.</summary>
internal sealed class MappedEndpoints
{
    // Where UseRouting leaves whom the endpoints of a pipeline are for; groups have no public way to the builder around them.
    private const string RoutingOfPipeline = "__EndpointRouteBuilder";

    private static readonly ConditionalWeakTable<IHostApplicationLifetime, MappedEndpoints> Applications = new();

    private readonly Lock _gate = new();
    private readonly List<(IEndpointRouteBuilder Where, string Path)> _claims = [];
    private readonly List<IEndpointRouteBuilder> _groups = [];
    private readonly Dictionary<object, Dictionary<string, EngineServer>> _owners = [];
    private readonly Dictionary<string, string> _servers = new(StringComparer.Ordinal);
    private bool _isLooking;
    private volatile string? _sharedPlace;

    /// <summary>Those of the application that services belong to.</summary>
    public static MappedEndpoints Of(IServiceProvider services) =>
        Applications.GetValue(services.GetRequiredService<IHostApplicationLifetime>(), static _ => new MappedEndpoints());

    /// <summary>Whose requests an endpoint is for: those of a branch of the pipeline that has a routing of its own; null for the application's.</summary>
    public static object? BranchOf(IEndpointRouteBuilder endpoints) =>
        endpoints.CreateApplicationBuilder().Properties.TryGetValue(RoutingOfPipeline, out var routing) && routing is not WebApplication ? routing : null;

    /// <summary>Whether a server of that name has an endpoint.</summary>
    public bool IsMapped(string server)
    {
        lock (_gate)
            return _servers.ContainsKey(server);
    }

    /// <summary>Maps a Socket.IO server of the application with <paramref name="map"/>, unless that has been done. What fails does not count.</summary>
    /// <exception cref="InvalidOperationException">It has been mapped.</exception>
    public IEndpointConventionBuilder MapServer(IEndpointRouteBuilder endpoints, string path, string server, Func<IEndpointConventionBuilder> map)
    {
        lock (_gate)
        {
            if (!_servers.TryAdd(server, path))
                throw Second(server, _servers[server], path);
        }

        try
        {
            return Map(endpoints, path, map);
        }
        catch
        {
            lock (_gate)
                _servers.Remove(server);
            throw;
        }
    }

    /// <summary>Maps something under a path of its own with <paramref name="map"/>. What fails does not count.</summary>
    /// <exception cref="InvalidOperationException">The path is taken.</exception>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, Func<IEndpointConventionBuilder> map)
    {
        var claim = (endpoints, path.TrimEnd('/'));
        lock (_gate)
        {
            if (_claims.Any(other => ReferenceEquals(other.Where, endpoints) && string.Equals(other.Path, claim.Item2, StringComparison.OrdinalIgnoreCase)))
                throw Taken(path);
            _claims.Add(claim);
        }

        try
        {
            return map();
        }
        catch
        {
            lock (_gate)
                _claims.Remove(claim);
            throw;
        }
    }

    /// <summary>Endpoints to look at when the application starts.</summary>
    public void Add(IEndpointRouteBuilder group)
    {
        lock (_gate)
            _groups.Add(group);
    }

    /// <summary>An engine's endpoint is being built, with everything the groups around it add.</summary>
    /// <exception cref="InvalidOperationException">Another engine is served at the same place of the same branch.</exception>
    public void Built(EndpointBuilder built, object? branch, EngineServer engine)
    {
        var hosts = built.Metadata.OfType<IHostMetadata>().LastOrDefault()?.Hosts ?? [];
        var place = $"{(built as RouteEndpointBuilder)?.RoutePattern.RawText} {string.Join(',', hosts.Order(StringComparer.OrdinalIgnoreCase))}";
        lock (_gate)
        {
            // A place is known only with the prefix and the hosts of all groups around; routing builds it so.
            if (_isLooking)
                return;
            branch ??= this;
            if (!_owners.TryGetValue(branch, out var owners))
                _owners.Add(branch, owners = new(StringComparer.OrdinalIgnoreCase));
            if (owners.TryAdd(place, engine) || ReferenceEquals(owners[place], engine))
                return;
            _sharedPlace = place.Trim();
        }

        throw Taken(_sharedPlace);
    }

    /// <summary>Builds the endpoints that were added, without the groups around them, to hear of what is wrong with them whatever their place.</summary>
    public void Build()
    {
        IEndpointRouteBuilder[] groups;
        lock (_gate)
        {
            groups = [.. _groups];
            _isLooking = true;
        }

        try
        {
            foreach (var source in groups.SelectMany(group => group.DataSources))
                _ = source.Endpoints.Count;
        }
        finally
        {
            lock (_gate)
                _isLooking = false;
        }
    }

    /// <summary>
    /// Builds all endpoints of the application when it has several servers, to find two at one place when it starts: a place is known only with the prefixes of
    /// the groups around. Faults of other endpoints are not reported here.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two servers are at one place.</exception>
    public void CheckPlaces(IServiceProvider services)
    {
        lock (_gate)
        {
            if (_groups.Count < 2)
                return;
        }

        try
        {
            _ = services.GetService<EndpointDataSource>()?.Endpoints.Count;
        }
        catch (Exception) when (_sharedPlace is null)
        {
            // It comes again at the first request, as it would without us.
        }
    }

    private static InvalidOperationException Second(string server, string first, string second)
    {
        var where = $"(the first one maps \"{first}\", this one \"{second}\", each within its group or branch)";
        return new(server.Length > 0
            ? $"MapSocketIO was called a second time for the server \"{server}\" {where}: both endpoints would serve the same namespaces. Map it once, "
                + "and give another server a name of its own with AddSocketIO."
            : $"MapSocketIO was called a second time {where}: "
                + "both endpoints would serve the same namespaces, and what the policy of one keeps out would come in by the other. "
                + "Register all namespaces in one MapSocketIO, and keep clients out of some of them with "
                + "io.Of(\"/admin\").Use(…); for a second endpoint with policies of its own add a second server, "
                + "AddSocketIO(\"admin\") and MapSocketIO(\"/admin-io\", \"admin\").");
    }

    private static InvalidOperationException Taken(string path) =>
        new($"\"{path}\" is served by another MapSocketIO or MapEngineIO. Give each server a path of its own (or, in groups of their own, "
            + "another RequireHost).");
}
