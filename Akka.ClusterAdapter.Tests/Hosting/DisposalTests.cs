using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Containers that are disposed synchronously, and applications that are disposed without having been stopped.</summary>
public sealed class DisposalTests
{
    [Fact]
    public void The_services_can_be_disposed_synchronously()
    {
        var provider = Services().BuildServiceProvider();
        var server = provider.GetRequiredService<SocketIOServer>();

        provider.Dispose();

        Assert.True(server.Shutdown.IsClosed);
    }

    [Fact]
    public async Task Every_service_of_ours_can_be_disposed_synchronously()
    {
        var systems = new TestSystems();
        var services = Services();
        services.AddSocketIO().UseClusterAdapter(systems.Add());
        services.AddSingleton(systems.All[0]);
        services.AddSocketIOGateway();
        services.AddSocketIOEmitter();
        services.AddSingleton<Microsoft.Extensions.Hosting.IHostApplicationLifetime, NoLifetime>();
        var provider = services.BuildServiceProvider();
        var ours = services.Where(service => service.ServiceType.Assembly == typeof(SocketIOServer).Assembly || IsOurs(service)).ToList();

        foreach (var service in ours)
        {
            foreach (var instance in provider.GetServices(service.ServiceType))
                Assert.False(instance is IAsyncDisposable and not IDisposable, $"{instance!.GetType()} can only be disposed asynchronously.");
        }

        Assert.NotEmpty(ours);
        provider.Dispose();
        await systems.EndAsync();
    }

    [Fact]
    public void Whatever_can_be_disposed_asynchronously_can_be_synchronously_but_for_adapters()
    {
        var asynchronousOnly = typeof(SocketIOServer).Assembly.GetTypes().Where(type =>
            type is { IsClass: true, IsAbstract: false } && !type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false)
            && typeof(IAsyncDisposable).IsAssignableFrom(type) && !typeof(IDisposable).IsAssignableFrom(type)
            // Made by servers, which end them; no container holds one.
            && !typeof(IAdapter).IsAssignableFrom(type) && !typeof(IConnectionListener).IsAssignableFrom(type)
            && !typeof(ConnectionContext).IsAssignableFrom(type));

        Assert.Equal(["EngineServer", "SupervisorNode"], asynchronousOnly.Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_application_that_is_disposed_without_having_been_stopped_tells_once_that_its_handler_classes_were_not_called()
    {
        var logs = new LogRecorder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.AddSocketIO();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapSocketIO(io => io.MapHandler<Leaving>());
        await app.StartAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WireClient.OpenAsync(new Uri(app.Urls.First()))));
        foreach (var client in clients)
            await client.ConnectAsync();

        await app.DisposeAsync();

        var line = Assert.Single(logs.Lines);
        Assert.Contains("Leaving", line, StringComparison.Ordinal);
        Assert.Contains("StopAsync", line, StringComparison.Ordinal);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static bool IsOurs(ServiceDescriptor service) => !service.IsKeyedService && service.ImplementationType?.Assembly == typeof(SocketIOServer).Assembly;

    private static ServiceCollection Services()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSocketIO();
        return services;
    }

    public sealed class Leaving : SocketHandler
    {
        public override ValueTask OnDisconnectedAsync(DisconnectReason reason) => throw new InvalidOperationException("It cannot be made any more.");
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
