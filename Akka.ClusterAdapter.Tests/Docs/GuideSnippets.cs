using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/rooms.md, docs/acknowledgements.md and docs/namespaces.md, which is compiled and run here.</summary>
public sealed class GuideSnippets
{
    public interface IStocks
    {
        Task<decimal> PriceAsync(string symbol);
    }

    [Fact]
    public async Task Rooms_are_what_the_page_says()
    {
        var events = new List<string>();
        await using var server = SocketIOTest.Create(io =>
        {
            Rooms(io);
            RoomEvents(io, events.Add);
        });
        var (ada, bob) = (await server.ConnectAsync(), await server.ConnectAsync());
        Assert.Equal(1, await ada.EmitWithAckAsync<int>("join", ["garden"]));
        Assert.Equal(2, await bob.EmitWithAckAsync<int>("join", ["garden"]));

        await bob.EmitWithAckAsync<object>("say", ["garden", "hello"]);
        Assert.Equal("hello", await ada.WaitForAsync<string>("said"));
        await ada.EmitWithAckAsync<object>("whisper", [bob.Socket.Id, "psst"]);
        Assert.Equal("psst", await bob.WaitForAsync<string>("whispered"));
        await SelectAsync(server.Server);
        await ada.WaitForDisconnectAsync();

        Assert.Contains("Created garden", events);
    }

    [Fact]
    public async Task Acknowledgements_are_what_the_page_says()
    {
        await using var server = SocketIOTest.Create(Answers);
        var client = await server.ConnectAsync();
        client.On("ready?", e => true);
        client.On("name", e => "Ada");

        Assert.Equal(3, await client.EmitWithAckAsync<int>("add", [1, 2]));
        await AskOneAsync(client.Socket);
        await AskManyAsync(server.Server);
    }

    [Fact]
    public async Task Namespaces_are_what_the_page_says()
    {
        await using var server = SocketIOTest.Create(Namespaces, options => options.Services.AddSingleton<IStocks, Stocks>());

        var stocks = await server.ConnectAsync("/stocks");
        Assert.Equal(5, await stocks.EmitWithAckAsync<decimal>("price", ["ACME"]));
        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(() => server.ConnectAsync("/admin"));
        Assert.Equal("who are you?", refused.Message);
        await server.ConnectAsync("/admin", new { name = "root" });
        var tenant = await server.ConnectAsync("/tenant-7");
        Assert.Equal("/tenant-7", await tenant.EmitWithAckAsync<string>("where", []));
        await server.ConnectAsync("/game-9", new { key = "sesame" });
        await TellTenantAsync(server.Server);
        Assert.Equal("hello", await tenant.WaitForAsync<string>("news"));
    }

    private static void Rooms(SocketIOServer io)
    {
        io.On("join", async (Socket socket, string room) =>
        {
            await socket.JoinAsync(room);
            return (await io.In(room).FetchSocketsAsync()).Count;
        });
        io.On("leave", (Socket socket, string room) => socket.LeaveAsync(room));
        io.On("say", (Socket socket, string room, string text) => socket.To(room).EmitAsync("said", text));
        io.On("whisper", (string socketId, string text) => io.To(socketId).EmitAsync("whispered", text));
    }

    private static async Task SelectAsync(SocketIOServer io)
    {
        await io.EmitAsync("news", "for everybody");
        await io.To("garden").EmitAsync("news", "for one room");
        await io.To("garden", "kitchen").EmitAsync("news", "for both; who is in both hears it once");
        await io.To("garden").Except("muted").EmitAsync("news", "for the room without some");
        await io.Local.EmitAsync("news", "for the clients of this worker");
        await io.Volatile.EmitAsync("position", 3, 4);          // dropped for a client that cannot take it at once

        foreach (var socket in await io.In("garden").FetchSocketsAsync())
            Console.WriteLine($"{socket.Id} on {socket.WorkerId} is in {string.Join(", ", socket.Rooms)}");
        await io.In("garden").SocketsJoinAsync("summer");
        await io.In("garden").SocketsLeaveAsync("garden");
        await io.In("summer").DisconnectSocketsAsync();
    }

    private static void RoomEvents(SocketIOServer io, Action<string> log)
    {
        io.Of("/").RoomChanged += e =>
        {
            if (e.Kind is RoomEventKind.Created or RoomEventKind.Deleted)
                log($"{e.Kind} {e.Room}");
        };
    }

    private static void Answers(SocketIOServer io)
    {
        io.On("add", (int a, int b) => a + b);                              // the result
        io.On("save", async (string text) => await Task.Yield());           // empty, when the work is done
        io.On("order", async (EventContext e, string item) =>
        {
            await e.AckAsync("taken", item);                                // now; two values
            await io.EmitAsync("ordered", item);                            // the work goes on
        });
    }

    private static async Task AskOneAsync(Socket socket)
    {
        try
        {
            var name = await socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<string>("name", []);
            Console.WriteLine(name);
        }
        catch (AckTimeoutException)
        {
            Console.WriteLine("no answer in time");
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("the client has left");
        }
    }

    private static async Task AskManyAsync(SocketIOServer io)
    {
        try
        {
            IReadOnlyList<bool> ready = await io.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<bool>("ready?", []);
            Console.WriteLine($"{ready.Count(yes => yes)} of {ready.Count} are ready");
        }
        catch (AckTimeoutException exception)
        {
            Console.WriteLine($"{exception.Answers<bool>().Count} answered, {exception.MissingSockets.Count} did not");
        }

        await foreach (var answer in io.Timeout(TimeSpan.FromSeconds(5)).StreamAnswersAsync<bool>("ready?", []))
            Console.WriteLine($"{answer.SocketId} on {answer.WorkerId}: {answer.State} {answer.Value}");
    }

    private static void Namespaces(SocketIOServer io)
    {
        io.Of("/stocks").On("price", async (string symbol, IStocks stocks) => await stocks.PriceAsync(symbol));
        io.Of("/admin").Use(async (socket, next) =>
        {
            socket.Data = socket.Handshake.GetString("name") ?? throw new ConnectErrorException("who are you?", new { retry = false });
            await next();
        });
        var tenants = io.Of(new Regex(@"^/tenant-\d+$"));
        tenants.On("where", (Namespace tenant) => tenant.Name);
        tenants.OnConnection(socket => Console.WriteLine($"{socket.Id} in {socket.Namespace.Name}"));
        io.Of(async (name, handshake) => name.StartsWith("/game-", StringComparison.Ordinal) && handshake?.GetString("key") == "sesame");
    }

    private static async Task TellTenantAsync(SocketIOServer io)
    {
        await io.Of("/tenant-7").EmitAsync("news", "hello");
    }

    private sealed class Stocks : IStocks
    {
        public Task<decimal> PriceAsync(string symbol) => Task.FromResult(5m);
    }
}
