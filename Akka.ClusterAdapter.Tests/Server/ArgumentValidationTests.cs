using System.ComponentModel.DataAnnotations;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Annotations count wherever they are written, and cost what was sent.</summary>
public class ArgumentValidationTests
{
    public record Move([Range(0, 7)] int X, [Required] string Piece);

    public sealed class Moves : List<Move>;

    [System.Text.Json.Serialization.JsonDerivedType(typeof(Circle), "circle")]
    public class Shape;

    public sealed class Circle : Shape
    {
        [Range(1, 10)]
        public int Radius { get; set; }
    }

    public record struct Point([property: Range(0, 9)] int X, [property: Range(0, 9)] int Y)
    {
        public readonly Point Mirrored => new(-X, Y);

        public readonly Point Transposed => new(Y, X);
    }

    [Theory]
    [InlineData("record", "{\"x\":8,\"piece\":\"king\"}", "it.X")]
    [InlineData("record", "{\"x\":1}", "it.Piece")]
    [InlineData("list", "[{\"x\":1,\"piece\":\"king\"},{\"x\":9,\"piece\":\"king\"}]", "it[1].X")]
    [InlineData("shape", "{\"$type\":\"circle\",\"radius\":11}", "it.Radius")]
    [InlineData("point", "{\"x\":10,\"y\":1}", "it.X")]
    [InlineData("dictionary", "{\"a\":{\"x\":8,\"piece\":\"king\"}}", "it[0].Value.X")]
    [InlineData("required", "null", "it")]
    public async Task Annotations_are_looked_at_wherever_they_are_written(string name, string argument, string path)
    {
        await using var host = await StartValidatingAsync();
        await using var client = await host.ConnectAsync();

        await client.SendAsync($"421[\"{name}\",{argument}]");

        Assert.Contains($"\"{path}\":[", await client.ReceiveAsync(), StringComparison.Ordinal);
        await client.SendAsync("422[\"point\",{\"x\":1,\"y\":9}]"); // what is computed is nothing that a client sends
        await client.ExpectAsync("432[]");
    }

    [Fact]
    public async Task Of_many_things_that_are_wrong_a_few_are_told()
    {
        await using var host = await StartValidatingAsync();
        await using var client = await host.ConnectAsync();

        await client.SendAsync($"421[\"list\",[{string.Join(',', Enumerable.Repeat("{\"x\":9,\"piece\":null}", 30_000))}]]");

        Assert.InRange((await client.ReceiveAsync()).Length, 1_000, 20_000);
    }

    private static Task<SocketIOTestHost> StartValidatingAsync() => SocketIOTestHost.StartAsync(
        io =>
        {
            io.On("record", (Move it) => { });
            io.On("list", (Moves it) => { });
            io.On("shape", (Shape it) => { });
            io.On("point", (Point it) => { });
            io.On("dictionary", (Dictionary<string, Move> it) => { });
            io.On("required", ([Required] string? it) => { });
        },
        options => options.AckErrors = true);
}
