using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Handlers as everybody writes them: parameters by the rules of minimal APIs, any form of result.</summary>
public class HandlerBinderTests
{
    public interface IShop
    {
        int Price(string item);
    }

    public interface IUnknown;

    public record Order(string Item, int Count);

    public record Checked([property: Required] string? Name, [property: Range(1, 10)] int Count, Part[]? Parts = null);

    public record Part([property: MaxLength(3)] string Code);

    public enum Colour
    {
        Red,
        Blue,
    }

    /// <summary>What is sent and what the acknowledgement is.</summary>
    public static TheoryData<string, string, string> Handlers => new()
    {
        { "void", "\"x\"", "[]" },
        { "value", "1,2", "[3]" },
        { "value of a task", "1,2", "[3]" },
        { "value of a value task", "1,2", "[3]" },
        { "late value", "1,2", "[3]" },
        { "task", "\"x\"", "[]" },
        { "value task", "", "[]" },
        { "null", "", "[null]" },
        { "anonymous", "", "[{\"n\":1}]" },
        { "seven", "1,2,3,4,5,6,7", "[28]" },
        { "token", "\"x\"", "[\"x True\"]" },
        { "socket in front", "\"x\"", "[\"x True\"]" },
        { "everything", "\"tea\",2", "[\"/ tea 6 True anonymous\"]" },
        { "service", "{\"item\":\"tea\",\"count\":2}", "[6]" },
        { "marked service", "\"tea\"", "[3]" },
        { "keyed service", "\"tea\"", "[30]" },
        { "missing service", "1", "[\"none 1\"]" },
        { "list", "[1,2]", "[2]" },
        { "services", "", "[1]" },
        { "nullable", "", "[true]" },
        { "defaults", "", "[\"7 Blue 01/01/0001 x \"]" },
        { "defaults", "1,0", "[\"1 Red 01/01/0001 x \"]" },
        { "params", "\"a\",1,2,3", "[\"a 6\"]" },
        { "params", "\"a\"", "[\"a 0\"]" },
        { "rest", "\"a\",1,\"b\"", "[\"2 1 b\"]" },
        { "all", "\"a\",1", "[\"all 2 a\"]" },
        { "element", "{\"a\":1}", "[\"Object\"]" },
        { "group", "\"x\"", "[\"X\"]" },
        { "checked", "{\"name\":\"x\",\"count\":3,\"parts\":[{\"code\":\"abc\"}]}", "[\"x\"]" },
    };

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Of_a_socket(string name, string arguments, string answer)
    {
        await using var host = await StartAsync(io => io.OnConnection(socket => Register((name, handler) => socket.On(name, handler))));

        await AsksAsync(host, "/", name, arguments, answer);
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Of_a_namespace(string name, string arguments, string answer)
    {
        await using var host = await StartAsync(io => Register((name, handler) => io.On(name, handler)));

        await AsksAsync(host, "/", name, arguments, answer);
    }

    [Fact]
    public async Task Of_namespaces_that_a_pattern_makes_for_those_too_that_are_connected_already()
    {
        var tenants = default(DynamicNamespace);
        await using var host = await StartAsync(io => tenants = io.Of(new Regex("^/tenant-")));
        await using var client = await host.ConnectAsync("/tenant-1");

        using (tenants!.On("whose", (Namespace ns) => ns.Name))
        {
            await client.SendAsync("42/tenant-1,1[\"whose\"]");
            await client.ExpectAsync("43/tenant-1,1[\"/tenant-1\"]");
        }

        tenants.On("next", () => { });
        await client.SendAsync("42/tenant-1,2[\"whose\"]");
        await client.SendAsync("42/tenant-1,3[\"next\"]");
        await client.ExpectAsync("43/tenant-1,3[]");
    }

    [Fact]
    public async Task Handlers_of_the_kind_the_namespace_and_the_socket_are_all_called_in_this_order()
    {
        var order = new List<string>();
        await using var host = await StartAsync(io =>
        {
            var tenants = io.Of(new Regex("^/tenant-"));
            tenants.OnConnection((Socket socket) => { socket.On("x", () => order.Add("socket")); });
            tenants.On("x", () => order.Add("kind"));
            io.NamespaceCreated += ns => ns.On("x", () => order.Add("namespace"));
        });
        await using var client = await host.ConnectAsync("/tenant-1");

        await client.SendAsync("42/tenant-1,1[\"x\"]");

        await client.ExpectAsync("43/tenant-1,1[]");
        Assert.Equal(["kind", "namespace", "socket"], order);
    }

    [Fact]
    public async Task Of_other_workers_events()
    {
        await using var host = await StartAsync(io =>
        {
            io.Of("/").OnServerSide("add", (int a, int b, CancellationToken ct) => ct.CanBeCanceled ? a + b : 0);
            io.Of("/").OnServerSide("log", (string text) => Console.Out.Flush());
        });

        Refuses(
            "asks with its parameter socket for Socket, which an event of another worker does not have",
            () => host.Server.Of("/").OnServerSide("x", (Socket socket) => { }));
        Refuses("ClaimsPrincipal", () => host.Server.Of("/").OnServerSide("x", (ClaimsPrincipal user) => { }));
    }

    [Fact]
    public async Task Connection_and_disconnect_handlers_get_services_too()
    {
        var told = new List<string>();
        var left = new TaskCompletionSource();
        await using var host = await StartAsync(io =>
        {
            io.OnConnection((Socket socket, IShop shop, Namespace ns) =>
            {
                told.Add($"connected {shop.Price("tea")} {ns.Name}");
                socket.OnDisconnecting(() => told.Add("disconnecting"));
                socket.OnDisconnect(reason => told.Add($"disconnect {reason}"));
                socket.OnDisconnect(async (DisconnectReason reason, IShop shop, Socket same) =>
                {
                    await Task.Yield();
                    told.Add($"disconnected {reason} {shop.Price("tea")} {ReferenceEquals(same, socket)}");
                    left.SetResult();
                });
            });
            Refuses("but there is no event here", () => io.OnConnection((EventContext e) => { }));
            Refuses("which only disconnect handlers get", () => io.OnConnection((DisconnectReason reason) => { }));
            Refuses("there are no arguments here", () => io.OnConnection((Socket socket, string name) => { }));
        });
        await using (var client = await host.ConnectAsync())
            await client.SendAsync("41");
        await left.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["connected 3 /", "disconnecting", "disconnect ClientNamespaceDisconnect", "disconnected ClientNamespaceDisconnect 3 True"], told);
    }

    /// <summary>Each wrong shape and what the sentence about it must name: the handler, the parameter or the result, the remedy.</summary>
    public static TheoryData<string, Delegate, string[]> WrongShapes => new()
    {
        { "unknown service", (IUnknown shop) => { }, ["The handler of \"x\" asks with its parameter shop for IUnknown", "not registered", "builder.Services"] },
        { "marked service", ([FromServices] Order shop) => { }, ["parameter shop", "service that is not registered"] },
        { "keyed service", ([FromKeyedServices("no")] IShop shop) => { }, ["\"no\"", "not registered"] },
        { "request", (Microsoft.AspNetCore.Http.HttpContext http) => { }, ["HttpContext", "socket.Handshake"] },
        { "query", ([FromQuery] string text) => { }, ["[FromQuery]", "no HTTP request"] },
        { "callback", (Action<int> ack) => { }, ["Action<Int32>", "return a value", "AckAsync"] },
        { "ours", (RemoteSocket other) => { }, ["RemoteSocket", "no client can send"] },
        { "reference", (ref int number) => { }, ["number", "by value"] },
        { "span", (ReadOnlySpan<byte> bytes) => { }, ["bytes", "ReadOnlyMemory"] },
        { "behind the rest", Behind, ["parameter last", "after rest", "in front"] },
        { "unheeded", ([MaxLength(3)] PacketArguments all) => { }, ["MaxLengthAttribute", "in the handler"] },
        { "stream", Stream, ["stream", "list"] },
        { "async void", AsyncVoid, ["async void", "Task or ValueTask"] },
        { "result of HTTP", () => Microsoft.AspNetCore.Http.Results.Ok(), ["IResult", "acknowledgement"] },
        { "awaitable", () => Task.Yield(), ["YieldAwaitable", "Task or ValueTask"] },
    };

    [Theory]
    [MemberData(nameof(WrongShapes), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_work_is_refused_when_it_is_registered(string shape, Delegate handler, string[] parts)
    {
        await using var host = await StartAsync(_ => { });

        foreach (var part in parts)
            Refuses(part, () => host.Server.On("x", handler));
        Assert.NotEmpty(shape);
    }

    [Fact]
    public async Task A_server_without_services_says_so()
    {
        await using var server = new SocketIOServer(
            new SocketIOOptions(), new InMemoryAdapterFactory(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        Refuses("without services", () => server.On("x", ([FromServices] IShop shop) => { }));
        Refuses("without services", () => server.On("x", (IShop shop) => { }));
    }

    [Fact]
    public async Task Each_call_has_a_scope_of_its_own_that_ends_with_it()
    {
        var scopes = new List<Scoped>();
        await using var host = await StartAsync(io =>
        {
            io.On("x", async (Scoped scoped) =>
            {
                await Task.Yield();
                scopes.Add(scoped);
                return scoped.IsDisposed;
            });
            io.On("y", (Scoped scoped) => scopes.Add(scoped));
            io.On("y", (Scoped scoped) => scopes.Add(scoped));
        });
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"x\"]");
        await client.ExpectAsync("431[false]");
        await client.SendAsync("422[\"y\"]");
        await client.ExpectAsync("432[]");

        // The first of two handlers acknowledges.
        await Eventually.TrueAsync(() => scopes.Count == 3, "all were called");
        Assert.Equal(3, scopes.Distinct().Count());
        await Eventually.TrueAsync(() => scopes.TrueForAll(scope => scope.IsDisposed), "all are disposed");
    }

    [Theory]
    [InlineData("{\"name\":null,\"count\":3}")]
    [InlineData("{\"name\":\"x\",\"count\":11}")]
    [InlineData("{\"name\":\"x\",\"count\":3,\"parts\":[{\"code\":\"long\"}]}")]
    public async Task An_argument_that_does_not_keep_to_its_annotations_drops_the_event(string argument)
    {
        await using var host = await StartAsync(io => Register((name, handler) => io.On(name, handler)));
        await using var client = await host.ConnectAsync();

        await client.SendAsync($"421[\"checked\",{argument}]");
        await client.SendAsync("422[\"value\",1,2]");

        await client.ExpectAsync("432[3]");
        Assert.Equal(1, host.Server.Counters["rejected.arguments"]);
    }

    [Fact]
    public async Task A_delegate_that_says_less_than_its_method_is_taken_at_its_word()
    {
        await using var host = await StartAsync(io =>
        {
            io.On("task", (Func<string, Task>)SaveAsync);
            io.On("object", (Func<string, object>)Upper);
        });
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"task\",\"x\"]");
        await client.SendAsync("422[\"object\",\"x\"]");

        await client.ExpectAsync("431[]", "432[\"X\"]");

        static Task<int> SaveAsync(string text) => Task.FromResult(text.Length);
    }

    [Fact]
    public async Task A_null_among_the_rest_does_not_fit_unless_it_may_be_null()
    {
        await using var host = await StartAsync(io =>
        {
            io.On("strict", (params string[] texts) => texts.Length);
            io.On("loose", (params string?[] texts) => texts.Length);
        });
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"strict\",null]");
        await client.SendAsync("422[\"loose\",null]");

        await client.ExpectAsync("432[1]");
    }

    [Fact]
    public async Task A_token_is_cancelled_when_the_client_leaves()
    {
        var cancelled = new TaskCompletionSource();
        await using var host = await StartAsync(io => io.On("wait", async (CancellationToken ct) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
        }));
        await using (var client = await host.ConnectAsync())
            await client.SendAsync("42[\"wait\"]");

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_event_that_comes_before_its_late_handler_is_a_warning()
    {
        var gate = new TaskCompletionSource();
        await using var host = await StartAsync(io => io.OnConnection(async socket =>
        {
            await gate.Task;
            socket.On("early", () => { });
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"early\"]");

        await Eventually.TrueAsync(
            () => host.Logs.Lines.Any(line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("first await", StringComparison.Ordinal)),
            "it is told");
        gate.SetResult();
    }

    private static void Register(Action<string, Delegate> on)
    {
        on("void", (string s) => Console.Out.Flush());
        on("value", (int a, int b) => a + b);
        on("value of a task", (int a, int b) => Task.FromResult(a + b));
        on("value of a value task", (int a, int b) => new ValueTask<int>(a + b));
        on("late value", async (int a, int b) =>
        {
            await Task.Yield();
            return a + b;
        });
        on("task", (string s) => Task.CompletedTask);
        on("value task", () => default(ValueTask));
        on("null", () => (string?)null);
        on("anonymous", () => new { n = 1 });
        on("seven", (int a, int b, int c, int d, int e, int f, int g) => a + b + c + d + e + f + g);
        on("token", async (string s, CancellationToken ct) => $"{s} {ct.CanBeCanceled}");
        on("socket in front", (Socket socket, string s) => $"{s} {socket.Connected}");
        on("everything", (Socket socket, string item, Namespace ns, SocketIOServer io, IShop shop, EventContext e, int count, ClaimsPrincipal user) =>
            $"{ns.Name} {item} {shop.Price(item) * count} {ReferenceEquals(io, ns.Server) && e.Count == 2} {user.Identity?.Name ?? "anonymous"}");
        on("service", (Order order, IShop shop) => shop.Price(order.Item) * order.Count);
        on("marked service", (string item, [FromServices] IShop shop) => shop.Price(item));
        on("keyed service", ([FromKeyedServices("dear")] IShop shop, string item) => shop.Price(item));
        on("missing service", ([FromServices] Order? order, int n) => $"{order?.Item ?? "none"} {n}");
        on("list", (IEnumerable<int> numbers) => numbers.Count());
        on("services", (IEnumerable<IShop> shops) => shops.Count());
        on("nullable", (string? text, int? number, Order? order) => text is null && number is null && order is null);
        on("defaults", (int n = 7, Colour colour = Colour.Blue, DateOnly day = default, string text = "x", int? none = null) =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{n} {colour} {day} {text} {none}"));
        on("params", (string name, params int[] numbers) => $"{name} {numbers.Sum()}");
        on("rest", (string first, PacketArguments rest) => $"{rest.Count} {rest.Get<int>(0)} {rest.Get<string>(1)}");
        on("all", (PacketArguments all) => $"{all.EventName} {all.Count} {all.Get<string>(0)}");
        on("element", (JsonElement element) => element.ValueKind.ToString());
        on("group", Upper);
        on("checked", ([Required] Checked it) => it.Name);
    }

    private static string Upper(string text) => text.ToUpperInvariant();

    private static void Behind(PacketArguments rest, int last) => Console.Out.Flush();

    private static async IAsyncEnumerable<int> Stream()
    {
        await Task.Yield();
        yield return 1;
    }

    private static async void AsyncVoid() => await Task.Yield();

    private static void Refuses(string part, Action register) =>
        Assert.Contains(part, Assert.Throws<InvalidOperationException>(register).Message, StringComparison.Ordinal);

    private static async Task AsksAsync(SocketIOTestHost host, string ns, string name, string arguments, string answer)
    {
        await using var client = await host.ConnectAsync(ns);
        for (var i = 1; i <= 2; i++) // the second time everything is known
        {
            await client.SendAsync($"42{i}[\"{name}\"{(arguments.Length > 0 ? "," : "")}{arguments}]");
            await client.ExpectAsync($"43{i}{answer}");
        }
    }

    private static Task<SocketIOTestHost> StartAsync(Action<SocketIOServer> configure) => SocketIOTestHost.StartAsync(configure, services: services => services
        .AddSingleton<IShop>(new Shop(3)).AddKeyedSingleton<IShop>("dear", new Shop(30)).AddScoped<Scoped>());

    private sealed class Shop(int price) : IShop
    {
        public int Price(string item) => item == "tea" ? price : 0;
    }

    public sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
