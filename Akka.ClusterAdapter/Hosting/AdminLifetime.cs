using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Hosting;

/// <summary>An admin page that was added to the application.</summary>
/// <param name="Server">Name of the server that it is for.</param>
internal sealed record AddedAdmin(string Server);

/// <summary>
/// Begins the admin namespaces before the web server listens: behind everything that the application has registered, before the first client.
/// </summary>
internal sealed class AdminLifetime(IEnumerable<AddedAdmin> added, IServiceProvider services) : IHostedLifecycleService, IDisposable
{
    private readonly List<AdminServer> _admins = [];

    /// <summary>Those of the application.</summary>
    public IReadOnlyList<AdminServer> All => _admins;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var admin in added)
            _admins.Add(Begin(admin.Server));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        foreach (var admin in _admins)
            admin.Dispose();
    }

    private AdminServer Begin(string name)
    {
        var options = services.GetRequiredService<IOptionsMonitor<SocketIOAdminOptions>>().Get(name);
        if (services.GetService<SocketIOServers>()?.Find(name) is not { } server)
        {
            var (missing, call) = name.Length == 0 ? ("AddSocketIO()", "AddSocketIOAdmin") : ($"AddSocketIO(\"{name}\")", $"AddSocketIOAdmin(\"{name}\")");
            throw new InvalidOperationException($"{call} needs builder.Services.{missing}.");
        }

        var mode = services.GetService<IHostEnvironment>()?.IsDevelopment() == true ? SocketIOAdminMode.Development : SocketIOAdminMode.Production;
        var serverId = server.Adapters is InMemoryAdapterFactory ? Environment.MachineName : $"{Environment.MachineName}#{Environment.ProcessId}";
        return new(server, options, serverId, mode, services.GetRequiredService<ILoggerFactory>());
    }
}
