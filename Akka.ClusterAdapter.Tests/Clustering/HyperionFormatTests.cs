using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Tests.Clustering;

public enum Color
{
    Red = 1,
    Blue,
}

public readonly record struct Point(int X, int Y);

public class Animal
{
    public string Name { get; init; } = "";

    public Animal? Friend { get; set; }
}

public sealed class Dog : Animal
{
    public Color? Collar { get; init; }
}

public sealed record Order(
    int Id, decimal Total, DateTimeOffset At, TimeSpan Wait, DateOnly Day,
    Color Color, byte[] Scan, int[] Counts, List<Point> Points, Dictionary<string, Point?> ByName, object? Extra);

public sealed record Result<T>(T Value);

public sealed record Stranger(string Text);

public sealed class HyperionFormatTests
{
    private const int MaxSize = 100_000;
    private static readonly HyperionFormat Format =
        new(new ServerSideTypes([typeof(Point), typeof(Animal), typeof(Dog), typeof(Order), typeof(Result<Point>), typeof(Color)]), MaxSize);

    private static readonly Order Sample = new(
        7, 12.50m, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), TimeSpan.FromSeconds(1.5),
        new DateOnly(2026, 1, 2), Color.Blue, [1, 2, 3], [4, 5], [new Point(1, 2), new Point(3, 4)],
        new Dictionary<string, Point?> { ["a"] = new Point(5, 6), ["b"] = null }, new Result<Point>(new Point(7, 8)));

    public static TheoryData<object> Values =>
    [
        "text", "", "日本語 🎉", true, 'x', (byte)1, (sbyte)-1, (short)-2, (ushort)2, -3, 3u, -4L, 4UL, 1.5f, 2.5, 3.5m, Guid.Empty,
        new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), TimeSpan.FromDays(1), new DateOnly(2026, 1, 2), new TimeOnly(3, 4), Color.Red,
        new Point(1, 2), new Result<Point>(new Point(3, 4)),
    ];

    public static TheoryData<object> Lists =>
    [
        new[] { 1, 2, 3 }, new byte[] { 1, 2 }, new[] { "a", null, "b" }, new[] { new Point(1, 2) }, new List<string> { "a", "b" },
        new List<Point> { new(1, 2) }, new HashSet<int> { 1, 2 },
        new Dictionary<string, int> { ["a"] = 1 }, new Dictionary<int, List<Point>> { [1] = [new(2, 3)] }, new[] { Color.Red, Color.Blue },
        new[] { TimeSpan.FromSeconds(1) }, new int[][] { [1], [2, 3] },
        new List<KeyValuePair<string, int>> { new("a", 1) }, new List<(int, string)> { (1, "a") }, new int?[] { 1, null }, Array.Empty<string>(),
        new long[] { 1, 2 },
        new List<object?> { 1, "a", null, new Point(1, 2) }, new object[] { 1.5, new List<int> { 1 } },
        new Dictionary<string, object> { ["a"] = 1, ["b"] = new[] { "c" } },
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_comes_back_as_it_was(object value)
    {
        var back = RoundTrip(value);

        Assert.Equal(value, back);
        Assert.IsType(value.GetType(), back);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_collection_comes_back_as_it_was(object value)
    {
        var back = RoundTrip(value);

        Assert.Equal(JsonSerializer.Serialize(value), JsonSerializer.Serialize(back));
        Assert.IsType(value.GetType(), back);
    }

    [Fact]
    public void A_record_with_everything_in_it_comes_back_as_it_was()
    {
        var back = Assert.IsType<Order>(RoundTrip(Sample));

        Assert.Equal(JsonSerializer.Serialize(Sample), JsonSerializer.Serialize(back));
        Assert.Equal(Sample.Extra, back.Extra);
    }

    [Fact]
    public void A_subclass_stays_one_and_a_circle_stays_a_circle()
    {
        var dog = new Dog { Name = "Rex", Collar = Color.Red };
        dog.Friend = dog;

        var back = Assert.IsType<Dog>(RoundTrip(dog));

        Assert.Equal(("Rex", Color.Red), (back.Name, back.Collar));
        Assert.Same(back, back.Friend);
    }

    [Fact]
    public void An_event_has_a_name_and_arguments_null_included()
    {
        var read = Format.Read(PacketType.Event, EventBody.Create(Format, "order", [Sample, null, 5]));

        Assert.Equal(("order", 3), (read.EventName, read.Count));
        Assert.Equal(7, read.Get<Order>(0)!.Id);
        Assert.True(read.IsNull(1));
        Assert.Null(read.Get<Order>(1));
        Assert.Null(read.Get<int?>(1));
        Assert.Equal((5, 5L, 5.0, (byte)5), (read.Get<int>(2), read.Get<long>(2), read.Get<double>(2), read.Get<byte>(2)));
        Assert.Throws<JsonException>(() => read.Get<int>(1));
        Assert.Throws<JsonException>(() => read.Get<string>(2));
        Assert.Throws<JsonException>(() => read.Get<Animal>(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => read.Get<int>(3));
    }

    [Theory]
    [InlineData(300, typeof(byte))]
    [InlineData(1.5, typeof(int))]
    [InlineData(-1, typeof(ulong))]
    public void A_number_that_does_not_fit_is_refused(object number, Type type)
    {
        var read = Read(number);

        var get = typeof(PacketArguments).GetMethod(nameof(PacketArguments.Get))!.MakeGenericMethod(type);

        Assert.IsType<JsonException>(Assert.Throws<System.Reflection.TargetInvocationException>(() => get.Invoke(read, [0])).InnerException);
    }

    [Fact]
    public void What_was_received_can_be_sent_on_as_it_is()
    {
        var received = Read(Sample);

        var again = Format.Read(PacketType.Event, EventBody.Create(Format, "again", [received.Get<PacketArgument>(0)]));

        Assert.Equal(7, again.Get<Order>(0)!.Id);
    }

    public static TheoryData<object, string> Unregistered => new()
    {
        { new Stranger("x"), nameof(Stranger) },
        { new[] { new Stranger("x") }, nameof(Stranger) },
        { new List<Stranger>(), nameof(Stranger) },
        { Sample with { Extra = new Stranger("x") }, nameof(Stranger) },
        { Sample with { Extra = new List<object> { new Stranger("x") } }, nameof(Stranger) },
        { new Dictionary<string, object> { ["a"] = new Stranger("x") }, nameof(Stranger) },
        { new Result<Stranger>(new Stranger("x")), nameof(Stranger) },
        { new Result<int>(1), "Result" },
        { new { A = 1 }, "AnonymousType" },
        { (Action)(() => { }), nameof(Action) },
        { new FileInfo("x"), nameof(FileInfo) },
        { typeof(string), "Type" },
        { new InvalidOperationException("x"), nameof(InvalidOperationException) },
        { new int[1, 1], "Int32" },
    };

    [Theory]
    [MemberData(nameof(Unregistered))]
    public void A_type_that_is_not_registered_is_an_exception_at_the_sender_that_says_what_to_do(object value, string name)
    {
        var refused = Assert.Throws<NotSupportedException>(() => EventBody.Create(Format, "x", [value]));

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains("akka.cluster-adapter.server-side-types", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_only_the_sender_has_registered_is_not_made()
    {
        var generous = new HyperionFormat(new ServerSideTypes([typeof(Stranger), typeof(Order), typeof(Point), typeof(Color), typeof(Result<Point>)]), MaxSize);
        var top = EventBody.Create(generous, "x", [new Stranger("x")]);
        var deep = EventBody.Create(generous, "x", [Sample with { Extra = new Stranger("x") }]);

        var first = Assert.Throws<JsonException>(() => Format.Read(PacketType.Event, top).Get<object>(0));
        Assert.Throws<JsonException>(() => Format.Read(PacketType.Event, deep).Get<object>(0));

        Assert.Contains("cannot be read", first.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(Order), nameof(Point))]
    [InlineData(typeof(Result<Action>), nameof(Action))]
    [InlineData(typeof(Result<Stranger>), nameof(Stranger))]
    public void A_registered_type_with_a_field_of_an_unregistered_one_is_refused_at_the_start(Type type, string field)
    {
        var refused = Assert.Throws<ConfigurationException>(() => new HyperionFormat(new ServerSideTypes([type]), MaxSize));

        Assert.StartsWith("akka.cluster-adapter.server-side-types has ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_threads_may_write_and_read_at_once()
    {
        var format = new HyperionFormat(
            new ServerSideTypes([typeof(Point), typeof(Animal), typeof(Dog), typeof(Order), typeof(Result<Point>), typeof(Color)]), MaxSize);

        Parallel.For(0, 1_000, i =>
        {
            object value = i % 2 == 0 ? Sample with { Id = i } : new Dog { Name = $"{i}" };
            var back = format.Read(PacketType.Event, EventBody.Create(format, "x", [value])).Get<object>(0);
            Assert.Equal(i, back is Order order ? order.Id : int.Parse(((Dog)back!).Name));
        });
    }

    [Fact]
    public void What_is_too_large_is_refused_before_it_is_looked_at()
    {
        var large = EventBody.Create(Format, "x", [new byte[MaxSize]]);

        Assert.Contains("max-packet-size", Assert.Throws<ProtocolException>(() => Format.Read(PacketType.Event, large)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_no_CLR_value_and_the_other_way_round()
    {
        Assert.Throws<ProtocolException>(() => Format.Read(PacketType.Event, new PacketBody("[\"x\"]"u8.ToArray())));
        Assert.Throws<ProtocolException>(() => Format.Read(PacketType.Event, new PacketBody(default)));
        Assert.Throws<ProtocolException>(() => Format.Read(PacketType.Event, EventBody.Answer(Format, 5)));
        Assert.Throws<ProtocolException>(() => new JsonPacketParser().Read(PacketType.Event, EventBody.Create(Format, "x", [])));
    }

    [Fact]
    public void Damaged_bytes_are_refused_and_cost_nothing()
    {
        var random = new Random(20_260_101);
        var whole = EventBody.Create(Format, "order", [Sample]).Data.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 3_000; i++)
        {
            var bytes = whole.ToArray();
            for (var flips = 0; flips < 3; flips++)
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            if (!bytes.AsSpan().SequenceEqual(whole))
                Assert.Throws<ProtocolException>(() => Format.Read(PacketType.Event, new PacketBody(bytes)));
        }

        // Copies of about 1 kB and an exception each.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000_000);
    }

    [Fact]
    public void Bytes_that_end_too_early_or_too_late_are_refused_even_with_a_right_checksum()
    {
        var value = Format.Encode(Sample);

        for (var length = 1; length < value.Length; length++)
            Assert.Throws<ProtocolException>(() => Format.Decode(value[..length]));
        Assert.Throws<ProtocolException>(() => Format.Decode((byte[])[.. value.Span, 0]));
    }

    [Fact]
    public void The_wire_form_is_fixed()
    {
        var body = HyperionFormat.Seal([new byte[] { 1, 2 }, default]).Data.Span;

        Assert.Equal("02020102" + "00", Convert.ToHexStringLower(body[9..]));
        Assert.Equal((1, XxHash3.HashToUInt64(body[9..])), (body[0], BinaryPrimitives.ReadUInt64LittleEndian(body[1..])));
    }

    [Theory]
    [InlineData("System.Int32, System.Private.CoreLib,%core%", true)]
    [InlineData("System.Collections.Generic.List`1[[System.String, System.Private.CoreLib,%core%]], System.Private.CoreLib,%core%", true)]
    [InlineData("Akka.ClusterAdapter.Tests.Clustering.Order, Akka.ClusterAdapter.Tests", true)]
    [InlineData("Akka.ClusterAdapter.Tests.Clustering.Order, Akka.ClusterAdapter.Tests, Version=9.9.9.9, Culture=neutral, PublicKeyToken=null", true)]
    [InlineData("Akka.ClusterAdapter.Tests.Clustering.Order[], Akka.ClusterAdapter.Tests", true)]
    [InlineData("Akka.ClusterAdapter.Tests.Clustering.Order, Elsewhere", false)]
    [InlineData("Akka.ClusterAdapter.Tests.Clustering.Order", false)]
    [InlineData("Akka.ClusterAdapter.Tests.Clustering.Stranger, Akka.ClusterAdapter.Tests", false)]
    [InlineData("System.Collections.Generic.List`1[[Akka.ClusterAdapter.Tests.Clustering.Stranger, Akka.ClusterAdapter.Tests]], System.Private.CoreLib", false)]
    [InlineData("System.Diagnostics.Process, System.Diagnostics.Process", false)]
    [InlineData("System.Object[], System.Private.CoreLib,%core%", true)]
    [InlineData("System.Int32*, System.Private.CoreLib", false)]
    [InlineData("System.Int32[,], System.Private.CoreLib", false)]
    [InlineData("[[[[", false)]
    [InlineData("", false)]
    public void A_receiver_decides_by_the_name_before_anything_is_loaded(string name, bool isAllowed)
    {
        var types = new ServerSideTypes([typeof(Order)]);

        Assert.Equal(isAllowed, types.IsAllowed(name));
    }

    private static PacketArguments Read(object value) => Format.Read(PacketType.Event, EventBody.Create(Format, "x", [value]));

    private static object? RoundTrip(object value) => Read(value).Get<object>(0);
}
