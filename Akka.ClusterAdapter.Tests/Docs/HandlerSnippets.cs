using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/handlers.md and docs/authorization.md, which the compiler checks here. The servers' parts are run.</summary>
public sealed class HandlerSnippets
{
    public interface IShop
    {
        Task<string> BuyAsync(Order order, CancellationToken ct);
    }

    public sealed record Order([property: Required] string Item);

    [Fact]
    public async Task What_the_pages_register_can_be_registered()
    {
        var builder = WebApplication.CreateSlimBuilder();
        Services(builder);
        Keep(builder);
        builder.Services.AddSingleton<IShop, Shop>();
        await using var app = builder.Build();

        First(app);
        var io = app.Services.GetRequiredService<SocketIOServer>();
        Register(io);
        UseKept(io);
        await StreamAsync(io);
        io.Of("/shop").MapHandler<ShopPage.ChatHandler>();
    }

    private static void First(WebApplication app)
    {
        app.MapSocketIO(io =>
        {
            io.On("log", (string text) => Console.WriteLine(text));
            io.On("add", (int a, int b) => a + b);                                     // the result is the acknowledgement
            io.On("say", (Socket socket, string room, string text) => socket.To(room).EmitAsync("said", socket.Id, text));
            io.On("buy", async (Order order, IShop shop, CancellationToken ct) => await shop.BuyAsync(order, ct));
        });
    }

    private static async Task StreamAsync(SocketIOServer io)
    {
        await foreach (var answer in io.To("players").Timeout(TimeSpan.FromSeconds(10)).StreamAnswersAsync<string>("ready?", []))
            Console.WriteLine($"{answer.SocketId} on {answer.WorkerId}: {answer.State} {answer.Value}");

        await foreach (var socket in io.In("lobby").StreamSocketsAsync())
            await socket.EmitAsync("welcome", socket.Id);
    }

    private static void Register(SocketIOServer io)
    {
        io.On("typing", [EventRateLimit(10)] (Socket socket) => socket.Broadcast.EmitAsync("typing", socket.Id));
        var byAddress = PartitionedRateLimiter.Create<EventContext, string>(e => RateLimitPartition.GetTokenBucketLimiter(
            e.Socket!.Handshake.Address,
            _ => new() { TokenLimit = 100, TokensPerPeriod = 10, ReplenishmentPeriod = TimeSpan.FromSeconds(1) }));
        io.Of("/chat").AddRateLimiter(byAddress);
        io.On("order", async (EventContext e, Socket socket, Order order, IShop shop) =>
        {
            await e.AckAsync("taken");
            await socket.Broadcast.EmitAsync("ordered", order);
            await shop.BuyAsync(order, e.CancellationToken);
        });
        io.Use(async (socket, next) =>
        {
            var name = socket.Handshake.GetString("name");                 // null when it is missing
            var age = socket.Handshake.GetAuth<int?>("age");
            if (name is null || age < 18)
                throw new ConnectErrorException("not you");
            socket.Data = name;
            await next();
        });
        io.OnConnection(socket => socket.OnDisconnect(reason => Console.WriteLine($"{reason.ToText()}: {socket.Disconnection}")));
        io.On("reserve", (int seat) =>
        {
            if (seat > 100)
                throw new EventException("no such seat", new { seats = 100 });
        });
        io.AddFilter(async (context, next) =>
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                return await next(context);
            }
            finally
            {
                Console.WriteLine($"{context.Name}: {Stopwatch.GetElapsedTime(start)}");
            }
        });
        io.On("renew", (Socket socket, string token) => socket.AuthenticateAsync(token));
        io.RequireAuthorization();                              // the main namespace: any user that is known
        io.Of("/admin").RequireAuthorization("moderators");     // a policy
        io.Of("/chat").MapHandler<ChatHandler>();               // [Authorize] on the class
        io.On("close", [Authorize("moderators")] (string room) => io.In(room).DisconnectSocketsAsync());
    }

    private static void Services(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddJwtBearer(options => options.Authority = "https://login.example.com");
        builder.Services.AddAuthorization(options => options.AddPolicy("moderators", policy => policy.RequireRole("moderator")));
        builder.Services.AddSocketIO(options => options.TokenScheme = JwtBearerDefaults.AuthenticationScheme);
    }

    private static void Keep(WebApplicationBuilder builder)
    {
        builder.Services.AddSocketIO(options => options.OnHandshake = (context, items) =>
        {
            items["tenant"] = context.Items["tenant"];                                         // what middleware has found out
            items["area"] = context.GetEndpoint()?.Metadata.GetMetadata<AreaAttribute>();      // what the endpoint was given
            items["certificate"] = context.Connection.ClientCertificate?.Thumbprint;           // what the connection knows
            return ValueTask.CompletedTask;
        });
    }

    private static void UseKept(SocketIOServer io)
    {
        io.On("order", (Socket socket, Order order) => $"{socket.Handshake.Items["tenant"]}: {order.Item}");
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class AreaAttribute : Attribute;

    private sealed class Shop : IShop
    {
        public Task<string> BuyAsync(Order order, CancellationToken ct) => Task.FromResult(order.Item);
    }

    [Authorize]
    public sealed class ChatHandler : SocketHandler
    {
        [On("say")]
        public ValueTask SayAsync(string text) => Socket.Broadcast.EmitAsync("said", text);

        [On("ban"), Authorize("moderators")]
        public ValueTask BanAsync(string id) => Socket.Broadcast.EmitAsync("banned", id);
    }

    /// <summary>The page on handlers has a class of the same name.</summary>
    public static class ShopPage
    {
        public sealed class ChatHandler(IShop shop) : SocketHandler
        {
            public override ValueTask OnConnectedAsync() => Socket.EmitAsync("welcome");

            [On("buy")]
            public Task<string> BuyAsync(Order order) => shop.BuyAsync(order, Socket.Disconnected);
        }
    }
}
