using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>A server that was added to the application.</summary>
/// <param name="Name">Its name; empty for the unnamed one.</param>
internal sealed record AddedServer(string Name);

/// <summary>All Socket.IO servers of one application, in the order they were added.</summary>
internal sealed class SocketIOServers(IEnumerable<AddedServer> added, IServiceProvider services)
{
    /// <summary>Settings of named servers, each under its name.</summary>
    public const string Section = "SocketIOServers";

    private bool _isStopping;
    private readonly string[] _names = [.. added.Select(static server => server.Name)];

    /// <summary>The servers themselves; made when first asked for.</summary>
    public IReadOnlyList<SocketIOServer> All => field ??= [.. _names.Select(Of)];

    /// <summary>The clusters that they are part of: one, as a rule, or none.</summary>
    public IReadOnlyList<IGrouping<ClusterAdapterExtension, SocketIOServer>> ByCluster =>
        field ??= [.. All.Where(static server => server.Adapters is AkkaClusterAdapterFactory)
            .GroupBy(static server => ((AkkaClusterAdapterFactory)server.Adapters).Extension)];

    /// <summary>Whether the application has begun to stop, and all of them with it.</summary>
    public bool IsStopping { get => Volatile.Read(ref _isStopping); set => Volatile.Write(ref _isStopping, value); }

    /// <summary>The server of a name; null when there is none.</summary>
    public SocketIOServer? Find(string name) => All.FirstOrDefault(server => server.Name == name);

    /// <summary>Waits for a while; true when all of them take clients.</summary>
    public async ValueTask<bool> WaitUntilReadyAsync(CancellationToken ct)
    {
        foreach (var server in All)
        {
            if (!await server.Adapters.WaitUntilReadyAsync(ct).ConfigureAwait(false))
                return false;
        }

        return true;
    }

    /// <summary>Refuses what cannot be meant, once everything has been mapped.</summary>
    /// <exception cref="InvalidOperationException">What it is, and the remedy.</exception>
    public void Check(MappedEndpoints mapped)
    {
        if (_names.FirstOrDefault(name => name.Length > 0 && !mapped.IsMapped(name)) is { } forgotten)
        {
            throw new InvalidOperationException($"AddSocketIO(\"{forgotten}\") was called, but no client can reach that server: "
                + $"add app.MapSocketIO(\"/{forgotten}-io\", \"{forgotten}\"), or take AddSocketIO(\"{forgotten}\") away "
                + "(a process that only emits to it needs AddSocketIOEmitter).");
        }

        CheckSettings();
        CheckCookies();
    }

    private SocketIOServer Of(string name) =>
        name.Length == 0 ? services.GetRequiredService<SocketIOServer>() : services.GetRequiredKeyedService<SocketIOServer>(name);

    /// <summary>Settings that nobody reads are a misspelt name.</summary>
    private void CheckSettings()
    {
        var sections = services.GetService<IConfiguration>()?.GetSection(Section).GetChildren() ?? [];
        if (sections.FirstOrDefault(section => !_names.Contains(section.Key, StringComparer.OrdinalIgnoreCase)) is { } stray)
            throw new InvalidOperationException(
                $"The configuration has a section {stray.Path}, but there is no AddSocketIO(\"{stray.Key}\"): correct the name, or take the section away.");
    }

    /// <summary>A browser keeps one cookie of a name and path, and a balancer would send the clients of one server by the sessions of the other.</summary>
    private void CheckCookies()
    {
        var withCookie = All.Where(static server => server.Options.Cookie is not null);
        if (withCookie.GroupBy(static server => (server.Options.Cookie!.Name, server.Options.Cookie.Path, server.Options.Cookie.Domain))
            .FirstOrDefault(static same => same.Count() > 1) is not { } same)
            return;
        throw new InvalidOperationException(
            $"The servers {string.Join(" and ", same.Select(static server => server.Name.Length == 0 ? "of AddSocketIO()" : $"\"{server.Name}\""))} "
            + $"set the same cookie, \"{same.Key.Name}\" for {same.Key.Path ?? "no path"}: "
            + "give each Cookie a name of its own, or the path of its server.");
    }
}
