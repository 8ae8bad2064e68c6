using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Testing;

/// <summary>Settings of a server of a test.</summary>
public class SocketIOTestOptions
{
    private readonly List<Action<SocketIOOptions>> _configure = [];

    /// <summary>What handler classes and parameters need. (What is registered as an instance is shared by the workers of a cluster.)</summary>
    public IServiceCollection Services { get; } = new ServiceCollection();

    /// <summary>Clock of the server and its clients; a <c>FakeTimeProvider</c> makes time virtual. Default: the system's.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>How long clients of this server wait for anything, by the system's clock. Default 30 s.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sets the server's options. Other than in an application, pings are a day apart, so that a test which moves its clock loses no client; a test of
    /// the heartbeat sets <see cref="EngineOptions.PingInterval"/>.
    /// </summary>
    public void ConfigureServer(Action<SocketIOOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configure.Add(configure);
    }

    internal void Apply(SocketIOOptions server)
    {
        server.PingInterval = TimeSpan.FromDays(1);
        foreach (var configure in _configure)
            configure(server);
    }

    internal void CopyTo(IServiceCollection services)
    {
        services.AddSingleton(Time);
        services.AddSocketIO(Apply);
        foreach (var service in Services)
            services.Add(service);
    }
}
