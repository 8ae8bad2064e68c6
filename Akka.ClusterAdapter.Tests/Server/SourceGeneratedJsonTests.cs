using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Serializer options that know the application's types only, as source-generated ones do (issue 18, 8).</summary>
public sealed partial class SourceGeneratedJsonTests
{
    [Fact]
    public async Task The_librarys_own_payloads_need_not_be_in_them()
    {
        await using var server = SocketIOTest.Create(
            io =>
            {
                io.OnConnection(socket => socket.On("buy", (Order order) => new ValueTask<Order>(order with { Count = order.Count + 1 })));
                io.Of("/closed").Use((_, _) => throw new ConnectErrorException("closed"));
            },
            options => options.ConfigureServer(server => server.JsonSerializerOptions = new(JsonSerializerDefaults.Web) { TypeInfoResolver = Known.Default }));
        var client = await server.ConnectAsync();

        var bought = await client.EmitWithAckAsync<Order>("buy", [new Order("tea", 1)]);

        Assert.Equal(2, bought.Count);
        Assert.Equal("closed", (await Assert.ThrowsAsync<ConnectRefusedException>(() => server.ConnectAsync("/closed"))).Message);
    }

    internal sealed record Order(string Item, int Count);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Order))]
    internal sealed partial class Known : JsonSerializerContext;
}
