using System.Text.Json;
using Akka.ClusterAdapter.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>The auth payload as the types that the application expects: present, missing, of another kind.</summary>
public sealed class HandshakeAuthTests
{
    public sealed record Login(string Token, int? Age = null);

    public sealed record Strict
    {
        public required string Token { get; init; }
    }

    public sealed record Checked
    {
        public Checked(int[]? token)
        {
            ArgumentOutOfRangeException.ThrowIfEqual(token?.Length, 1);
            Token = token;
        }

        public int[]? Token { get; }
    }

    [System.Text.Json.Serialization.JsonPolymorphic]
    [System.Text.Json.Serialization.JsonDerivedType(typeof(Concrete), "concrete")]
    public abstract record Abstract;

    public sealed record Concrete : Abstract;

    [Fact]
    public async Task A_predicate_that_reads_what_does_not_fit_refuses_the_client_with_the_same_words()
    {
        await using var server = SocketIOTest.Create(io => io.Of((_, handshake) => new(handshake!.GetString("token") == "x")));

        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(() => server.ConnectAsync("/tenant", new { token = 5 }));

        Assert.Contains("\"token\" of the auth payload must be a string", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Server.Counters, counter => counter.Key.StartsWith("failed.", StringComparison.Ordinal));
        await using var client = await server.ConnectAsync("/tenant", new { token = "x" });
    }

    [Fact]
    public async Task What_is_there_is_read_and_what_is_missing_is_null()
    {
        await using var server = SocketIOTest.Create(_ => { });
        await using var client = await server.ConnectAsync(auth: new { token = "secret", age = 7, nothing = (string?)null });
        await using var silent = await server.ConnectAsync();
        var (handshake, none) = (client.Socket.Handshake, silent.Socket.Handshake);

        Assert.Equal("secret", handshake.GetString("token"));
        Assert.Null(handshake.GetString("nothing"));
        Assert.Null(handshake.GetString("Token"));
        Assert.Equal((7, null), (handshake.GetAuth<int?>("age"), handshake.GetAuth<int?>("height")));
        Assert.Equal(new Login("secret", 7), handshake.GetAuth<Login>());
        Assert.Null(none.GetString("token"));
        Assert.Null(none.GetAuth<Login>("token"));
    }

    [Theory]
    [InlineData("name", "\"token\" of the auth payload must be a string")]
    [InlineData("age", "\"token\" of the auth payload is not as the server expects it")]
    [InlineData("whole", "The auth payload is not as the server expects it")]
    [InlineData("required", "The auth payload is not as the server expects it")]
    [InlineData("checked", "The auth payload is not as the server expects it")]
    [InlineData("abstract", "The auth payload is not as the server expects it")]
    public async Task What_is_of_another_kind_refuses_the_client_who_reads_what_is_wrong(string how, string message)
    {
        await using var server = SocketIOTest.Create(io => io.Use(async (socket, next) =>
        {
            _ = how switch
            {
                "name" => socket.Handshake.GetString("token"),
                "age" => socket.Handshake.GetAuth<DateTime>("token"),
                "whole" => socket.Handshake.GetAuth<Login>(),
                "checked" => socket.Handshake.GetAuth<Checked>(),
                "abstract" => socket.Handshake.GetAuth<Abstract>(),
                _ => (object?)socket.Handshake.GetAuth<Strict>(),
            };
            await next();
        }));

        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(
            () => server.ConnectAsync(auth: how == "required" ? new { other = 1 } : new { token = new[] { 1 } }));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Server.Counters, counter => counter.Key.StartsWith("failed.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_application_s_json_options_count_on_every_worker()
    {
        await using var server = SocketIOTest.Create(
            _ => { },
            options => options.ConfigureServer(
                settings => settings.JsonSerializerOptions = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower }));
        await using var client = await server.ConnectAsync(auth: new Dictionary<string, object> { ["first_name"] = "Ada" });

        var remote = Assert.Single(await server.Server.FetchSocketsAsync());

        Assert.Equal(new Person("Ada"), client.Socket.Handshake.GetAuth<Person>());
        Assert.Equal(new Person("Ada"), remote.Handshake.GetAuth<Person>());
    }

    public sealed record Person(string FirstName);
}
