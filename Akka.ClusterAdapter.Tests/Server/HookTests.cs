using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Every place where the server calls the application's code, with code that throws: it is logged and counted, and reaches nobody else.</summary>
public class HookTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>All hooks of the public surface that belong to a connected client, by name. Each throws whenever it is called.</summary>
    private static readonly Dictionary<string, Hook> Hooks = new()
    {
        ["Disconnected.Register"] = OnSocket(socket => socket.Disconnected.Register(Throw)),
        ["RoomChanged"] = OnServer(io => OnBoth(io, ns => ns.Adapter.RoomChanged += _ => Throw())),
        ["NamespaceCreated"] = OnServer(io => io.NamespaceCreated += _ => Throw()),
        ["OnConnection"] = OnServer(io => OnBoth(io, ns => ns.OnConnection(_ => Throw()))),
        ["OnConnection, late"] = OnServer(io => OnBoth(io, ns => ns.OnConnection((Func<Socket, Task>)(_ => ThrowLate())))),
        ["Use, behind next"] = OnServer(io => OnBoth(io, ns => ns.Use(ThrowBehindAsync))),
        ["On"] = OnSocket(socket => socket.On("x", () => Throw<ValueTask>())),
        ["On, late"] = OnSocket(socket => socket.On("x", () => ThrowLate())),
        ["On, an answer that cannot be written"] = OnSocket(socket => socket.On("x", () => new ValueTask<Unwritable>(new Unwritable()))),
        ["On, an argument that cannot be read"] = OnSocket(socket => socket.On("x", (Unreadable _) => default(ValueTask))),
        ["OnAny"] = OnSocket(socket => socket.OnAny(_ => Throw<ValueTask>())),
        ["OnAnyOutgoing"] = OnSocket(socket => socket.OnAnyOutgoing(_ => Throw())),
        ["Use of a socket"] = OnSocket(socket => socket.Use((_, _) => Throw<ValueTask>())),
        ["OnError"] = OnSocket(ThrowTwice),
        ["OnDisconnecting"] = OnSocket(socket => socket.OnDisconnecting(_ => Throw<ValueTask>())),
        ["OnDisconnect"] = OnSocket(socket => socket.OnDisconnect(_ => Throw<ValueTask>())),
        ["OnDisconnect, late"] = OnSocket(socket => socket.OnDisconnect((Func<DisconnectReason, Task>)(_ => ThrowLate()))),
        ["Data"] = OnSocket(socket => socket.Data = new Unwritable()),
    };

    public static TheoryData<string, string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, bool>();
            foreach (var hook in Hooks.Keys)
            {
                foreach (var way in new[] { "it closes", "it leaves", "a timer ends it", "the server ends it" })
                {
                    cases.Add(hook, way, false);
                    if (hook is "RoomChanged" or "OnAnyOutgoing" or "Disconnected.Register" or "OnDisconnecting")
                        cases.Add(hook, way, true);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_it_throws_reaches_nobody_else(string hook, string way, bool recovers)
    {
        var disconnected = new ConcurrentQueue<string>();
        await using var host = await SocketIOTestHost.StartAsync(
            io => SetUp(io, hook, disconnected),
            options =>
            {
                options.MessageTimeout = TimeSpan.FromMilliseconds(200);
                options.ConnectionStateRecovery = recovers ? new SessionStoreOptions() : null;
            });
        await using var witness = await host.ConnectAsync("/calm");
        await using var client = await host.ConnectAsync();
        await client.ConnectAsync("/other");
        var id = host.Server.Of("/").Sockets.Keys.Single();

        await client.SendAsync("42[\"x\",1]");
        await client.SendAsync("42/other,[\"x\",1]");
        await host.Server.To(id).EmitAsync("news", 1);
        Assert.Single(await host.Server.FetchSocketsAsync());
        await EndAsync(way, host, client);

        await Eventually.TrueAsync(() => host.Server.Of("/").Sockets.Count + host.Server.Of("/other").Sockets.Count == 0, "both sockets leave");
        await Eventually.TrueAsync(() => disconnected.Count == 2, "both disconnect handlers run");
        Assert.Equal(["/", "/other"], disconnected.Order());
        Assert.Empty(host.Server.Of("/").Adapter.LocalRooms());
        await witness.SendAsync("42/calm,1[\"echo\",7]");
        await witness.ExpectAsync("43/calm,1[7]");
    }

    private static async Task EndAsync(string way, SocketIOTestHost host, WireClient client)
    {
        if (way == "it closes")
        {
            await client.CloseAsync();
        }
        else if (way == "it leaves")
        {
            await client.SendAsync("41");
            await client.SendAsync("41/other,");
        }
        else if (way == "a timer ends it")
        {
            await client.SendAsync("451-[\"x\",{\"_placeholder\":true,\"num\":0}]"); // its attachment never comes
        }
        else
        {
            await host.Server.DisconnectSocketsAsync(close: true);
        }
    }

    [Fact]
    public async Task What_is_thrown_is_logged_and_counted()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.Of("/").Adapter.RoomChanged += _ => Throw();
            io.OnConnection(socket => socket.Disconnected.Register(Throw));
        });
        await using (await host.ConnectAsync())
        {
        }

        await Eventually.TrueAsync(() => host.Server.Counters.GetValueOrDefault("failed.disconnected") == 1, "the token's callback");
        Assert.True(host.Server.Counters["failed.room-changed"] > 1);
        // It is counted, then logged.
        foreach (var hook in new[] { "disconnected", "room-changed" })
            await Eventually.TrueAsync(() => host.Logs.Lines.Any(line => line.StartsWith($"Error: {hook} failed", StringComparison.Ordinal)), hook);
    }

    [Fact]
    public async Task A_client_is_answered_whatever_is_thrown_while_it_connects()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.NamespaceCreated += _ => Throw();
            io.Of("/refused").Use((_, _) => throw new ConnectErrorException("no", new Unwritable()));
            io.Of((name, _) => name == "/asked" ? Throw<ValueTask<bool>>() : new ValueTask<bool>(name == "/made"));
        });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40/refused,");
        await client.ExpectAsync("44/refused,{\"message\":\"Internal server error\"}");
        await client.SendAsync("40/asked,");
        await client.ExpectAsync("44/asked,{\"message\":\"Invalid namespace\"}");
        await client.ConnectAsync("/made");
    }

    [Fact]
    public async Task A_meter_s_listener_that_throws_reaches_nobody()
    {
        using var listener = new MeterListener();
        // Other tests' servers have instruments of the same name.
        var isMine = new AsyncLocal<bool>();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (isMine.Value && instrument.Name == "socketio.server.rejected")
                it.EnableMeasurementEvents(instrument);
        };
        var thrown = 0;
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (tags[0].Value is "invalid-namespace" && Interlocked.Increment(ref thrown) > 0)
                Throw();
        });
        listener.Start();
        isMine.Value = true;
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        await using var client = await host.OpenAsync();

        await client.SendAsync("40/nope,");

        await client.ExpectAsync("44/nope,{\"message\":\"Invalid namespace\"}");
        Assert.Equal((1, 1L), (thrown, host.Server.Counters["rejected.invalid-namespace"]));
    }

    /// <summary>With recovery, sockets enter, leave and are sent to under one lock of the namespace: nobody's code may run under it.</summary>
    [Theory]
    [InlineData("RoomChanged, joined")]
    [InlineData("RoomChanged, left")]
    [InlineData("OnAnyOutgoing")]
    [InlineData("Disconnected.Register")]
    public async Task What_blocks_holds_nobody_else_up(string hook)
    {
        using var gate = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => socket.On("echo", (int n) => new ValueTask<int>(n))),
            options => options.ConnectionStateRecovery = new SessionStoreOptions());
        await using var witness = await host.ConnectAsync();
        await using var client = await host.ConnectAsync();
        var socket = host.Server.Of("/").Sockets[client.SocketId];
        if (hook == "OnAnyOutgoing")
            socket.OnAnyOutgoing(_ => Block());
        else if (hook == "Disconnected.Register")
            socket.Disconnected.Register(Block);
        else
            host.Server.Of("/").Adapter.RoomChanged += BlockOnce;

        var busy = hook switch
        {
            "OnAnyOutgoing" => Task.Run(async () => await host.Server.To(client.SocketId).EmitAsync("x")),
            "RoomChanged, joined" => Task.Run(() => host.ConnectAsync()),
            _ => client.CloseAsync(),
        };
        await blocked.Task.WaitAsync(Patience);
        await Task.Run(async () => await host.Server.To(witness.SocketId).EmitAsync("news")).WaitAsync(Patience);
        await witness.SendAsync("421[\"echo\",7]");

        Assert.StartsWith("42[\"news\",", await witness.ReceiveAsync(), StringComparison.Ordinal);
        await witness.ExpectAsync("431[7]");
        gate.Set();
        await busy.WaitAsync(Patience);

        void BlockOnce(RoomEvent change)
        {
            if (change.Kind == (hook.EndsWith("left", StringComparison.Ordinal) ? RoomEventKind.Left : RoomEventKind.Joined))
                Block();
        }

        void Block()
        {
            blocked.TrySetResult();
            gate.Wait(3 * Patience); // longer than anybody below waits: whoever is held up by this is seen
        }
    }

    /// <summary>Who left is gone for whoever waits for its answer, before anything that takes long: a slow hook must not make it a time-out.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_waits_for_an_answer_hears_that_the_client_left_before_its_rooms_are_left(bool recovers)
    {
        var isLost = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await SocketIOTestHost.StartAsync(
            _ => { }, options => options.ConnectionStateRecovery = recovers ? new SessionStoreOptions() : null);
        await using var client = await host.ConnectAsync();
        var answer = host.Server.Of("/").Sockets[client.SocketId].EmitWithAckAsync<int>("question", []);
        host.Server.Of("/").Adapter.RoomChanged += change =>
        {
            if (change.Kind == RoomEventKind.Left)
                isLost.TrySetResult(Task.WhenAny(answer).Wait(Patience));
        };

        await client.CloseAsync();

        Assert.True(await isLost.Task.WaitAsync(2 * Patience));
        await Assert.ThrowsAnyAsync<Exception>(() => answer);
    }

    [Fact]
    public async Task What_is_sent_is_told_in_order_with_recovery_too()
    {
        var told = new List<int>();
        var isListening = new TaskCompletionSource();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.OnAnyOutgoing(arguments => told.Add(arguments.Get<int>(0)));
                isListening.SetResult();
            }),
            options => options.ConnectionStateRecovery = new SessionStoreOptions());
        await using var client = await host.ConnectAsync();
        // The client knows that it is connected before the handler has run.
        await isListening.Task.WaitAsync(TimeSpan.FromSeconds(30));

        for (var i = 0; i < 100; i++)
            await host.Server.EmitAsync("n", i);

        Assert.Equal(Enumerable.Range(0, 100), told);
    }

    private static void SetUp(SocketIOServer io, string hook, ConcurrentQueue<string> disconnected)
    {
        var (onServer, onSocket) = Hooks[hook];
        io.Of("/calm").OnConnection(socket => socket.On("echo", (int n) => new ValueTask<int>(n)));
        io.Of(new Regex("^/unused$"));
        onServer?.Invoke(io);
        OnBoth(io, ns => ns.OnConnection(socket =>
        {
            onSocket?.Invoke(socket);
            socket.OnDisconnect(_ =>
            {
                disconnected.Enqueue(socket.Namespace.Name);
                return default(ValueTask);
            });
        }));
    }

    private static Hook OnServer(Action<SocketIOServer> install) => new(install, null);

    private static Hook OnSocket(Action<Socket> install) => new(null, install);

    private static async ValueTask ThrowBehindAsync(Socket socket, Func<ValueTask> next)
    {
        await next();
        Throw();
    }

    private static void ThrowTwice(Socket socket)
    {
        socket.Use((_, _) => Throw<ValueTask>());
        socket.OnError(_ => Throw());
    }

    private static void OnBoth(SocketIOServer io, Action<Namespace> act)
    {
        act(io.Of("/"));
        act(io.Of("/other"));
    }

    private static void Throw() => throw new InvalidOperationException("thrown by the application");

    private static T Throw<T>() => throw new InvalidOperationException("thrown by the application");

    private static async Task ThrowLate()
    {
        await Task.Yield();
        Throw();
    }

    private sealed record Hook(Action<SocketIOServer>? Server, Action<Socket>? Socket);

    private sealed class Unwritable
    {
        private readonly string _why = "thrown by the application";

        public int Value => throw new InvalidOperationException(_why);
    }

    private sealed class Unreadable
    {
        public Unreadable() => Throw();
    }
}
