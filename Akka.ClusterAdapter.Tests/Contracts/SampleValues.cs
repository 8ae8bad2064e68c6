using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>Values for each method of <see cref="ISamples"/>, as the library really writes them.</summary>
internal static partial class SampleValues
{
    private static readonly Order Order = new("a", 1);
    private static readonly Dictionary<string, Order> Orders = new() { ["x"] = Order };

    public static readonly (string Method, object?[] Arguments)[] All =
    [
        (nameof(ISamples.Scalars), [new Scalars(
            true, 1, -1, 2, 3, -4, 5, 6, 7, 1.5m, 0.5f, double.Epsilon, (Half)2, Int128.MaxValue,
            'c', "text", DateTime.UnixEpoch, DateTimeOffset.UnixEpoch, new(2026, 1, 2), new(3, 4),
            TimeSpan.FromSeconds(1), Guid.Empty, new("http://a/b"), new(1, 2))]),
        (nameof(ISamples.Nulls), [new Nulls(null, null, null, null, [null, "a"], null, new() { ["x"] = null }, null)]),
        (nameof(ISamples.Nulls), [new Nulls(1, "a", DateTime.UnixEpoch, Order, [], [1, null], new() { ["x"] = Order }, [null])]),
        (nameof(ISamples.Named), [new Named { Name = "n", URLPath = "u", Included = "i", Field = 3, Hidden = "h" }]),
        (nameof(ISamples.Named), [new Named { Missing = "m", Zero = 1, More = new() { ["extra"] = JsonElement.Parse("{}") } }]),
        (nameof(ISamples.Binaries), [new Binaries([1], new byte[] { 2 }, new byte[] { 3 }, new([4]), [5, 6], null, [[7], [8]])]),
        (nameof(ISamples.Lists), [new Lists(
            [1], ["a"], [1], [Order], [0.5], [Guid.Empty], [[1], []], new(["q"]), new HashSet<string> { "s" }, ["n"], new[] { 1 }, new object[] { 1, "two" })]),
        (nameof(ISamples.Maps), [new Maps(new() { ["a b"] = 1 }, new Dictionary<int, Order> { [7] = Order }, new() { [Guid.Empty] = null },
            ImmutableDictionary<string, List<int>>.Empty.Add("x", [1]), new() { [Color.Green] = 1 }, new() { ["a"] = 1, ["b"] = "two" })]),
        (nameof(ISamples.Enums), [new Enums(Color.Green, Level.High, Rights.Read | Rights.Write, null, Color.Red, [Level.Low])]),
        (nameof(ISamples.Anything), [new Anything(Order, JsonElement.Parse("[1]"), null, new JsonObject { ["a"] = 1 }, [1, "b"])]),
        (nameof(ISamples.Pages), [new Page<Order>([Order], 1, null, Orders)]),
        (nameof(ISamples.PagesOfNulls), [new Page<string?>([null, "a"], 1, "a", new Dictionary<string, string?> { ["x"] = null })]),
        (nameof(ISamples.OrderPages), [new OrderPage([Order], 1, Order, Orders, "title")]),
        (nameof(ISamples.Trees), [new Tree("root", null, [new("leaf", new("up", null, []), [])])]),
        (nameof(ISamples.Animals), [new Cat("c", true)]),
        (nameof(ISamples.Animals), [new Dog("d", new Dog("e", new Fish("f", 2)))]),
        (nameof(ISamples.Animals), [new Fish("f", 3)]),
        (nameof(ISamples.Cats), [new Cat("c", false)]),
        (nameof(ISamples.Zoos), [new Zoo([new Cat("c", true)])]),
        (nameof(ISamples.Zoos), [new NightZoo([], 2)]),
        (nameof(ISamples.Outers), [new Outer.Inner(Order, new(3))]),
        (nameof(ISamples.Faces), [new Face()]),
        (nameof(ISamples.Handled), [new Handled(long.MaxValue, 1, [2])]),
        (nameof(ISamples.Structs), [new Point(1, 2)]),
        (nameof(ISamples.Pairs), [new KeyValuePair<string, int>("k", 1), Tuple.Create(1, (string?)null)]),
        (nameof(ISamples.Rests), [new Order?[] { Order, null }]),
    ];

    /// <summary>
    /// A program of TypeScript that gives each value the type that was declared for it: what is not declared, and what is missing, is an error.
    /// </summary>
    public static string Program(string declarations)
    {
        var text = new StringBuilder($"import type {{ ServerToClientEvents as E }} from \"./{declarations}\";\n");
        for (var i = 0; i < All.Length; i++)
            text.Append(
                null,
                $"export const v{i}: Parameters<E[\"{JsonNamingPolicy.CamelCase.ConvertName(All[i].Method)}\"]> = {Json(All[i].Method, All[i].Arguments)};\n");
        return text.ToString();
    }

    /// <summary>The arguments on the wire; where the client puts an attachment, the attachment.</summary>
    private static string Json(string method, object?[] arguments)
    {
        var writer = new JsonPacketParser().CreateBody();
        var parameters = typeof(ISamples).GetMethod(method)!.GetParameters();
        var write = typeof(PacketBodyWriter).GetMethod(nameof(PacketBodyWriter.Write))!;
        foreach (var (parameter, argument) in parameters.Zip(arguments))
        {
            if (!parameter.IsDefined(typeof(ParamArrayAttribute)))
                write.MakeGenericMethod(parameter.ParameterType).Invoke(writer, [argument]);
            else
                foreach (var one in (Array)argument!)
                    write.MakeGenericMethod(parameter.ParameterType.GetElementType()!).Invoke(writer, [one]);
        }

        return Placeholder().Replace(Encoding.UTF8.GetString(writer.Complete().Data.Span), "new Uint8Array($1)");
    }

    [GeneratedRegex("""\{"_placeholder":true,"num":(\d+)\}""")]
    private static partial Regex Placeholder();

    private sealed record Face : IFace
    {
        public string Base => "b";

        public int Own => 1;
    }
}
