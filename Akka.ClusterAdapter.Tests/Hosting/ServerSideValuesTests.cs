using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Server-side events between two servers, as CLR values.</summary>
public sealed class ServerSideValuesTests : IAsyncLifetime
{
    private const string Hyperion =
        """
        akka.cluster-adapter.server-side-values = hyperion
        akka.cluster-adapter.server-side-types = [
          "Akka.ClusterAdapter.Tests.Clustering.Animal, Akka.ClusterAdapter.Tests",
          "Akka.ClusterAdapter.Tests.Clustering.Dog, Akka.ClusterAdapter.Tests"
        ]
        """;

    private readonly TestSystems _systems = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _systems.EndAsync();

    [Fact]
    public async Task Values_and_answers_cross_with_their_types_from_servers_and_emitters()
    {
        await using var one = await StartAsync(_systems.Add(Hyperion), "one");
        await using var two = await StartAsync(_systems.Add(Hyperion), "two");
        foreach (var system in _systems.All)
            _systems.Join(system);
        var emitter = _systems.AddEmitter(Hyperion);
        await Eventually.TrueAsync(() => _systems.All.All(system => ClusterAdapterExtension.Get(system) is { IsReady: true, ServerCount: 2 }));
        var dog = new Dog { Name = "Rex", Collar = Color.Blue };
        dog.Friend = dog;

        var fromServer = await one.Server.Of("/").ServerSideEmitWithAckAsync<Animal>("who", [dog, 3L]);
        var fromEmitter = await emitter.ServerSideEmitWithAnswersAsync<Animal>("who", [dog, 3]);
        var unregistered = await Assert.ThrowsAsync<NotSupportedException>(
            () => one.Server.Of("/").ServerSideEmitWithAckAsync<Animal>("who", [new Stranger("x"), 3]));
        var nothing = await Assert.ThrowsAsync<NotSupportedException>(() => emitter.ServerSideEmitAsync("who", new Stranger("x"), 3).AsTask());

        Assert.Equal(["two Rex Blue True 3"], fromServer.Select(animal => animal.Name));
        Assert.Equal(["one Rex Blue True 3", "two Rex Blue True 3"], fromEmitter.Answers.Select(answer => answer.Value!.Name).Order());
        Assert.All([unregistered, nothing], refused => Assert.Contains("akka.cluster-adapter.server-side-types", refused.Message, StringComparison.Ordinal));
    }

    private static Task<SocketIOTestHost> StartAsync(ActorSystem system, string name) => SocketIOTestHost.StartAsync(
        io => io.Of("/").OnServerSide("who", (Animal animal, long number) => new ValueTask<Animal>(
            new Animal { Name = $"{name} {animal.Name} {(animal as Dog)?.Collar} {ReferenceEquals(animal, animal.Friend)} {number}" })),
        services: services => services.AddSocketIO().UseClusterAdapter(system));
}
