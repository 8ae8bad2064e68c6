using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>One set of JSON options holds wherever the values of an application become JSON.</summary>
public class JsonOptionsTests
{
    private const string Wire = "{\"skill_level\":\"High\",\"at\":\"3;4\"}";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(), new PointConverter() },
    };

    private static readonly Player Somebody = new(Level.High, new Point(3, 4));

    public enum Level
    {
        Low,
        High,
    }

    [Fact]
    public async Task Of_events_answers_and_connect_errors()
    {
        Player? received = null;
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                socket.On("echo", (Player player) => new ValueTask<Player>(received = player));
                socket.On("ask", async () => received = await socket.EmitWithAckAsync<Player>("who", [Somebody]));
            });
            io.Of("/refused").Use((_, _) => throw new ConnectErrorException("no", Somebody));
        }, options => options.JsonSerializerOptions = Json);
        await using var client = await host.ConnectAsync();

        await client.SendAsync($"421[\"echo\",{Wire}]");
        Assert.Equal($"431[{Wire}]", await client.ReceiveAsync());
        Assert.Equal(3, received!.At.X);
        received = null;
        await client.SendAsync("42[\"ask\"]");
        var asked = await client.ReceiveAsync();
        Assert.EndsWith($"[\"who\",{Wire}]", asked, StringComparison.Ordinal);
        await client.SendAsync($"43{asked[2..asked.IndexOf('[', StringComparison.Ordinal)]}[{Wire}]");
        await Eventually.TrueAsync(() => received?.At.Y == 4);
        await client.SendAsync("40/refused,");
        Assert.Equal($"44/refused,{{\"message\":\"no\",\"data\":{Wire}}}", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public async Task Of_the_data_of_sockets(string parser)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Configure(parser));
        await using var client = await host.OpenAsync();
        await (parser == "json" ? client.SendAsync("40") : client.SendAsync(Convert.FromHexString("82a47479706500a36e7370a12f")));
        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count == 1);
        host.Server.Of("/").Sockets.Values.Single().Data = Somebody;

        var fetched = Assert.Single(await host.Server.FetchSocketsAsync());

        Assert.Equal(Wire, fetched.GetData<JsonElement>().GetRawText());
        Assert.Equal(4, fetched.GetData<Player>()!.At.Y);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public void Of_the_data_of_a_socket_that_was_fetched(string parser)
    {
        IPacketParser made = parser == "json" ? new JsonPacketParser(Json) : new MessagePackPacketParser(Json);
        var details = new SocketDetails("id", "worker", [], "{}"u8.ToArray(), JsonSerializer.SerializeToUtf8Bytes(Somebody, made.JsonOptions));

        var fetched = new RemoteSocket(details, new NamespaceOperator(null!, made, null!, BroadcastOptions.All));

        Assert.Equal(Wire, fetched.GetData<JsonElement>().GetRawText());
        Assert.Equal(4, fetched.GetData<Player>()!.At.Y);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    public async Task Of_server_side_events(string parser)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, Configure(parser));
        Player? received = null;
        host.Server.Of("/").OnServerSide("player", (Player player) => new ValueTask<Player>(received = player));

        var body = EventBody.Create(host.Server.Of("/").ServerSideFormat, "player", [Somebody]);
        new NamespaceHost(host.Server.Of("/")).RaiseServerSide(body, null);

        Assert.Equal($"[\"player\",{Wire}]", System.Text.Encoding.UTF8.GetString(body.Data.Span));
        Assert.Equal(3, received!.At.X);
    }

    [Fact]
    public void Options_that_the_parser_would_not_use_are_an_error_at_the_start()
    {
        var options = new SocketIOOptions { Parser = new MessagePackPacketParser(), JsonSerializerOptions = Json };

        var error = Assert.Throws<OptionsValidationException>(() =>
            new SocketIOServer(
                options, new InMemoryAdapterFactory(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));

        Assert.Contains("new MessagePackPacketParser(options)", error.Message, StringComparison.Ordinal);
    }

    private static Action<SocketIOOptions> Configure(string parser) => options =>
    {
        if (parser == "json")
            options.JsonSerializerOptions = Json;
        else
            options.Parser = new MessagePackPacketParser(Json);
    };

    public sealed record Player(Level SkillLevel, Point At);

    // Its default form loses everything: no properties.
    public readonly struct Point(int x, int y)
    {
        [JsonIgnore]
        public int X => x;

        [JsonIgnore]
        public int Y => y;
    }

    private sealed class PointConverter : JsonConverter<Point>
    {
        public override Point Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()!.Split(';') is [var x, var y] ? new(int.Parse(x, null), int.Parse(y, null)) : default;

        public override void Write(Utf8JsonWriter writer, Point value, JsonSerializerOptions options) => writer.WriteStringValue($"{value.X};{value.Y}");
    }
}
