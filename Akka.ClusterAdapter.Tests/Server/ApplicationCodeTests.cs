using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Engine;
using Akka.ClusterAdapter.Tests.Hostile;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>
/// The application's code at every hook of the public surface: it throws, blocks, re-enters, cancels, and nobody but its own client hears of it.
/// </summary>
public class ApplicationCodeTests
{
    /// <summary>Installs the misdeed at a hook.</summary>
    private static readonly Dictionary<string, Action<Install>> Hooks = new()
    {
        ["Socket.On"] = it => it.OnSocket(socket => socket.On("x", it.Deed.DoAsync)),
        ["Socket.OnAny"] = it => it.OnSocket(socket => socket.OnAny(_ => it.Deed.DoAsync())),
        ["Socket.PrependAny"] = it => it.OnSocket(socket => socket.PrependAny(_ => it.Deed.DoAsync())),
        ["Socket.OnAnyOutgoing"] = it => it.OnSocket(socket => socket.OnAnyOutgoing(_ => it.Deed.Do())),
        ["Socket.PrependAnyOutgoing"] = it => it.OnSocket(socket => socket.PrependAnyOutgoing(_ => it.Deed.Do())),
        ["Socket.OnDisconnect"] = it => it.OnSocket(socket => socket.OnDisconnect((Func<DisconnectReason, ValueTask>)(_ => it.Deed.DoAsync()))),
        ["Socket.OnDisconnecting"] = it => it.OnSocket(socket => socket.OnDisconnecting((Func<DisconnectReason, ValueTask>)(_ => it.Deed.DoAsync()))),
        ["Socket.OnError"] = it => it.OnSocket(socket => socket.OnError(_ => it.Deed.Do())),
        ["Socket.Use"] = it => it.OnSocket(socket => socket.Use((_, next) => UseAsync(it.Deed, next))),
        ["Namespace.On"] = it => it.Io.Of("/").On("x", it.Deed.DoAsync),
        ["Namespace.OnConnection"] = it => it.Io.Of("/").OnConnection((Func<Socket, ValueTask>)(_ => it.Deed.DoAsync())),
        ["Namespace.Use"] = it => it.Io.Of("/").Use((_, next) => UseAsync(it.Deed, next)),
        ["Namespace.AddFilter"] = it => Filtered(it).AddFilter((e, next) => FilterAsync(it.Deed, e, next)),
        ["IEventFilter.InvokeAsync"] = it => Filtered(it).AddFilter(new Filter(it.Deed)),
        ["Namespace.RoomChanged"] = it => it.Io.Of("/").RoomChanged += _ => it.Deed.Do(),
        ["IAdapter.RoomChanged"] = it => it.Io.Of("/").Adapter.RoomChanged += _ => it.Deed.Do(),
        ["InMemoryAdapter.RoomChanged"] = it => ((InMemoryAdapter)it.Io.Of("/").Adapter).RoomChanged += _ => it.Deed.Do(),
        ["DynamicNamespace.On"] = it => it.Dynamic.On("x", it.Deed.DoAsync),
        ["DynamicNamespace.OnConnection"] = it => it.Dynamic.OnConnection((Func<Socket, ValueTask>)(_ => it.Deed.DoAsync())),
        ["DynamicNamespace.Use"] = it => it.Dynamic.Use((_, next) => UseAsync(it.Deed, next)),
        ["DynamicNamespace.AddFilter"] = it =>
        {
            it.Dynamic.On("x", () => { });
            it.Dynamic.AddFilter((e, next) => FilterAsync(it.Deed, e, next));
        },
        ["SocketIOServer.On"] = it => it.Io.On("x", it.Deed.DoAsync),
        ["SocketIOServer.OnConnection"] = it => it.Io.OnConnection((Func<Socket, ValueTask>)(_ => it.Deed.DoAsync())),
        ["SocketIOServer.Use"] = it => it.Io.Use((_, next) => UseAsync(it.Deed, next)),
        ["SocketIOServer.AddFilter"] = it =>
        {
            it.Io.On("x", () => { });
            it.Io.AddFilter((e, next) => FilterAsync(it.Deed, e, next));
        },
        ["SocketIOServer.Of"] = it => it.Io.Of((_, _) => it.Deed.DoAsync(false)),
        ["SocketIOServer.NamespaceCreated"] = it => it.Io.NamespaceCreated += _ => it.Deed.Do(),
        ["EngineServer.ConnectionError"] = it => it.Io.Engine.ConnectionError += (_, _) => it.Deed.Do(),
        ["EngineServer.Headers"] = it => it.Io.Engine.Headers += _ => it.Deed.Do(),
        ["EngineServer.InitialHeaders"] = it => it.Io.Engine.InitialHeaders += _ => it.Deed.Do(),
        ["EngineServer.PacketReceived"] = it => it.Io.Engine.PacketReceived += (_, _, _) => it.Deed.Do(),
        ["EngineServer.SessionClosed"] = it => it.Io.Engine.SessionClosed += (_, _) => it.Deed.Do(),
        ["EngineServer.SessionOpened"] = it => it.Io.Engine.SessionOpened += _ => it.Deed.Do(),
        ["EngineOptions.AllowRequest"] = it => it.Options.AllowRequest = _ => it.Deed.DoAsync<string?>(null),
        ["EngineOptions.OnHandshake"] = it => it.Options.OnHandshake = (_, _) => it.Deed.DoAsync(),
    };

    /// <summary>Hooks that need more than one server of this process, or are contracts with specifications: the tests that misbehave there.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["EngineSocket.Upgraded"] = nameof(RootFailureTests),
        ["IEngineHandler.Opened"] = nameof(RootFailureTests),
        ["IEngineHandler.Message"] = nameof(RootFailureTests),
        ["IEngineHandler.Closed"] = nameof(RootFailureTests),
        ["IEngineHandler.WaitUntilReadyAsync"] = nameof(RootFailureTests),
        ["Namespace.OnServerSide"] = "ServerSideHandlersTests",
        ["SocketIOServer.OnServerSide"] = "ServerSideHandlersTests",
        ["SocketHandler.OnConnectedAsync"] = nameof(HandlerClassTests),
        ["SocketHandler.OnDisconnectedAsync"] = nameof(HandlerClassTests),
        ["EventRateLimitAttribute.InvokeAsync"] = nameof(EventRateLimitTests),
    };

    /// <summary>Not called while clients are served: what is taken away, what sets up (its exception stops the start), what extensions call on us.</summary>
    private static readonly string[] NotCalled =
    [
        "Socket.Off", "Socket.OffAny", "Socket.OffAnyOutgoing", "EngineServer..ctor", "SocketIOServer..ctor", "InMemoryAdapter..ctor",
        "ClusterAdapterExtension.CreateAdapter",
        "SocketIOAdminServiceExtensions.AddSocketIOAdmin", "SocketIOAkkaHostingExtensions.WithSocketIOClusterAdapter", "SocketIOBuilder.UseAdapter",
        "SocketIOEmitter.Create",
        "SocketIOEmitterServiceExtensions.AddSocketIOEmitter", "SocketIOEndpointExtensions.MapEngineIO", "SocketIOEndpointExtensions.MapSocketIO",
        "SocketIOGatewayServiceExtensions.AddSocketIOGateway", "SocketIOPrimaryExtensions.AddSocketIOWorkers",
        "SocketIOServiceCollectionExtensions.AddSocketIO",
        "InMemoryAdapter.BroadcastWithAck", "InMemoryAdapter.StreamAnswersAsync", "InMemoryAdapter.StreamSocketsAsync", "InMemoryAdapterFactory.Create",
    ];

    /// <summary>
    /// Contracts of adapters and parsers: <see cref="An_adapter_that_throws_harms_its_namespace_only"/>,
    /// <see cref="A_parser_that_throws_costs_a_connection_at_most"/>.
    /// </summary>
    private static readonly string[] Contracts =
        [
            "IAdapter.", "IAdapterFactory.", "IAdapterHost.", "IAckSink.", "IArgumentFormat.", "IPacketDecoder.", "IPacketParser.", "PacketArguments.",
            "PacketBodyWriter.", "SocketIOOptions.Parser"
        ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var hook in Hooks.Keys)
            {
                foreach (var way in Misdeed.Ways)
                    cases.Add(hook, way);
            }

            return cases;
        }
    }

    public static TheoryData<string> AdapterMethods =>
        [.. typeof(IAdapter).GetMethods().Where(method => !method.IsSpecialName).Select(method => method.Name).Distinct()];

    public static TheoryData<string> ParserMethods =>
    [
        nameof(IPacketParser.Encode), nameof(IPacketParser.Append), nameof(IPacketParser.CreateDecoder), nameof(IArgumentFormat.CreateBody),
        nameof(IArgumentFormat.Read)
    ];

    [Fact]
    public void Every_hook_has_a_case()
    {
        Assert.All(Elsewhere.Values, test => Assert.Contains(GetType().Assembly.GetTypes(), type => type.Name == test));
        var known = Hooks.Keys.Concat(Elsewhere.Keys).Concat(NotCalled).ToHashSet();

        Assert.DoesNotContain(
            PublicHooks.All, hook => !known.Contains(hook) && !Contracts.Any(contract => hook.StartsWith(contract, StringComparison.Ordinal)));
        Assert.Empty(known.Except(PublicHooks.All));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_it_does_there_reaches_nobody_else(string hook, string way)
    {
        using var deed = new Misdeed(way);
        SocketIOOptions? options = null;
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.Of("/calm").On("echo", (int n) => n);
                deed.Server = io;
                Hooks[hook](new Install(io, io.Of(new Regex("^/dyn-")), options!, deed));
            },
            given =>
            {
                options = given;
                if (hook.StartsWith("EngineOptions.", StringComparison.Ordinal))
                    Hooks[hook](new Install(null!, null!, given, deed));
            });
        await using var witness = await host.ConnectAsync("/calm");
        deed.Begin();

        await ActUntilAsync(host, () => deed.WasCalled);

        await Eventually.TrueAsync(() => deed.WasCalled, "it was called");
        await AssertServedAsync(witness);
        deed.LetGo();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 1, "the others' sessions have ended");
        await AssertServedAsync(witness);
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(AdapterMethods))]
    public async Task An_adapter_that_throws_harms_its_namespace_only(string method)
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.Of("/calm").On("echo", (int n) => n);
                io.Of("/").On("x", () => { });
                io.Of(new Regex("^/dyn-"));
            },
            services: services => services.AddThrowingAdapter(method));
        await using var witness = await host.ConnectAsync("/calm");

        await ActAsync(host, TimeSpan.FromMilliseconds(50));

        await AssertServedAsync(witness);
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 1, "the others' sessions have ended");
        Assert.DoesNotContain(host.Logs.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ParserMethods))]
    public async Task A_parser_that_throws_costs_a_connection_at_most(string method)
    {
        var parser = ThrowingParser.Create(method);
        await using var host = await SocketIOTestHost.StartAsync(
            io =>
            {
                io.Of("/calm").On("echo", (int n) => n);
                io.Of(new Regex("^/dyn-"));
            },
            options => options.Parser = parser);
        await using var witness = await host.ConnectAsync("/calm");
        ((ThrowingParser)parser).Throws = true;

        await ActAsync(host, TimeSpan.FromMilliseconds(50));

        ((ThrowingParser)parser).Throws = false;
        await AssertServedAsync(witness);
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 1, "the others' sessions have ended");
    }

    /// <summary>
    /// Everything that calls a hook: clients that wait for an answer as long as it usually takes, and the server. Repeated,
    /// with more patience, until the hook was called.
    /// </summary>
    private static async Task ActUntilAsync(SocketIOTestHost host, Func<bool> wasCalled)
    {
        var patience = TimeSpan.FromMilliseconds(50);
        for (var i = 0; i < 8 && (i == 0 || !wasCalled()); i++, patience *= 2)
            await ActAsync(host, patience);
    }

    private static async Task ActAsync(SocketIOTestHost host, TimeSpan patience)
    {
        using var refused = await RawSocket.DialAsync(host.Uri);
        await refused.SendAsciiAsync("GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n");
        using var client = await RawSocket.DialAsync(host.Uri);
        try
        {
            await client.SendAsciiAsync(RawSocket.Upgrade("EIO=4&transport=websocket"));
            await client.SendPacketAsync("40");
            await client.SendPacketAsync("40/dyn-1,");
            await client.SendPacketAsync("40/unknown,");
            await Eventually.TrueWithinAsync(() => host.Server.Namespaces.Sum(ns => ns.Sockets.Count) == 3, patience);
            foreach (var packet in new[] { "42[\"x\"]", "42[\"x\",1]", "421[\"x\"]", "42/dyn-1,[\"x\"]" })
                await client.SendPacketAsync(packet);
            // Who sends looks at what is thrown, or other tests would find it.
            _ = Task.Run(() => host.Server.EmitAsync("news", 1).AsTask()).ContinueWith(static sent => sent.Exception, TaskScheduler.Default);
            await Eventually.TrueWithinAsync(() => false, patience / 4);
            await client.SendPacketAsync("42[]"); // ends it
            await Eventually.TrueWithinAsync(() => host.Server.Engine.SessionCount == 1, patience);
        }
        catch (IOException)
        {
            // Ended by a hook that refuses.
        }
    }

    private static async Task AssertServedAsync(WireClient witness)
    {
        await witness.SendAsync("42/calm,1[\"echo\",7]");
        while (await witness.ReceiveAsync() is var frame && frame != "43/calm,1[7]")
            Assert.StartsWith("42/calm,[\"", frame, StringComparison.Ordinal);
    }

    private static Namespace Filtered(Install it)
    {
        it.Io.Of("/").On("x", () => { });
        return it.Io.Of("/");
    }

    private static async ValueTask UseAsync(Misdeed deed, Func<ValueTask> next)
    {
        await deed.DoAsync();
        await next();
    }

    private static async ValueTask<object?> FilterAsync(Misdeed deed, EventContext e, EventFilterNext next)
    {
        if (e.Name == "x")
            await deed.DoAsync();
        return await next(e);
    }

    private sealed record Install(SocketIOServer Io, DynamicNamespace Dynamic, SocketIOOptions Options, Misdeed Deed)
    {
        public void OnSocket(Action<Socket> install) => Io.OnConnection(install);
    }

    private sealed class Filter(Misdeed deed) : IEventFilter
    {
        public ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next) => FilterAsync(deed, context, next);
    }
}
