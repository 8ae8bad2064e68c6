using System.Net;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>What a socket keeps of its handshake's request (issue 18, part 3).</summary>
public sealed class HandshakeItemsTests
{
    public static TheoryData<SocketIOTestTransport> Transports => [.. Enum.GetValues<SocketIOTestTransport>()];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task What_was_kept_is_there_when_the_request_is_long_over(SocketIOTestTransport transport)
    {
        var calls = 0;
        HttpContext? seen = null;
        await using var host = await StartAsync(async (context, items) =>
        {
            await Task.Yield();
            (calls, seen) = (calls + 1, context);
            items["tenant"] = context.Items["tenant"];
            items["place"] = context.GetEndpoint()?.Metadata.GetMetadata<Place>();
            items["scoped"] = context.RequestServices.GetRequiredService<Scoped>().Number;
        });

        await using var client = await host.ConnectAsync(transport: transport, configure: static options => options.Headers["x-tenant"] = "blue");
        await using var other = await host.ConnectAsync(transport: transport, configure: static options => options.Headers["x-tenant"] = "red");
        var kept = await client.EmitWithAckAsync<string>("kept");

        Assert.Equal("blue, north, 1", kept);
        Assert.Equal("red, north, 2", await other.EmitWithAckAsync<string>("kept"));
        Assert.Equal(2, calls);
        Assert.NotNull(seen);
        Assert.Empty(Assert.Single(await host.Server().In(client.Id).FetchSocketsAsync()).Handshake.Items);
    }

    [Fact]
    public async Task It_is_the_same_for_all_namespaces_of_a_connection_and_nobody_changes_it_afterwards()
    {
        IDictionary<string, object?>? written = null;
        await using var host = await StartAsync((context, items) =>
        {
            (written = items)["tenant"] = "blue";
            return ValueTask.CompletedTask;
        });
        host.Server().Of("/chat");
        await using var client = await host.ConnectAsync(ns: "/chat");

        written!["tenant"] = "red";

        Assert.Equal("blue", host.Server().Of("/chat").Sockets[client.Id].Handshake.Items["tenant"]);
        Assert.Empty(new Handshake
        {
            Headers = new Dictionary<string, string>(),
            Query = new Dictionary<string, string>(),
            Url = "",
            Address = "",
            Time = default,
            Secure = false,
            Xdomain = false,
            Auth = default
        }.Items);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_handshake_whose_items_could_not_be_kept_is_refused_and_keeps_no_place(SocketIOTestTransport transport)
    {
        await using var host = await StartAsync(
            static (_, _) => throw new FormatException("thrown by the application"), static options => options.MaxSessions = 1);

        for (var i = 0; i < 3; i++)
            await Assert.ThrowsAnyAsync<Exception>(() => host.ConnectAsync(transport: transport));
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.Uri, "/socket.io/?EIO=4&transport=polling"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(4, host.Server().Engine.Counters["failed.OnHandshake"]);
        Assert.Equal(0, host.Server().Engine.SessionCount);
        Assert.Contains(host.Logs.Lines, line => line.Contains("thrown by the application", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Through_a_gateway_the_worker_that_owns_the_session_keeps_them()
    {
        await using var workers = await SeveralClusters.StartAsync(Keep, UseTenant, [""]);
        workers[0].Server().On("kept", (Socket socket) => Describe(socket));
        var (system, member) = workers.Address;
        await using var gateway = await GatewayHost.StartAsync(system, member, workers: 1);

        await using var client = await SocketIOTestClient.ConnectAsync(new Uri(gateway.Url), configure: static options =>
        {
            options.Transport = SocketIOTestTransport.PollingThenWebSocket;
            options.Headers["x-tenant"] = "blue";
        });

        Assert.Equal("blue, , ", await client.EmitWithAckAsync<string>("kept"));
    }

    [Fact]
    public async Task A_handshake_that_a_stopping_worker_sends_on_is_kept_by_the_one_that_takes_it_and_later_requests_change_nothing()
    {
        await using var workers = await SeveralClusters.StartAsync(Keep, UseTenant, [""], [""]);
        foreach (var worker in new[] { 0, 1 })
            workers[worker].Server().On("kept", (Socket socket) => Describe(socket));
        workers[0].Server().Engine.BeginDrain();

        await using var client = await workers[0]
            .ConnectAsync(transport: SocketIOTestTransport.Polling, configure: static options => options.Headers["x-tenant"] = "blue");

        Assert.Equal("blue, , ", await client.EmitWithAckAsync<string>("kept"));
        Assert.Equal((0, 1), (workers[0].Server().Engine.SessionCount, workers[1].Server().Engine.SessionCount));
        Assert.True(workers[1].Server().Engine.Counters.GetValueOrDefault("forwarded.received") > 0);
    }

    private static Task<SeveralHost> StartAsync(
        Func<HttpContext, IDictionary<string, object?>, ValueTask> keep, Action<SocketIOOptions>? options = null) => SeveralHost.StartAsync(
        services =>
        {
            services.AddSingleton<Count>();
            services.AddScoped<Scoped>();
            services.AddSocketIO(all =>
            {
                all.OnHandshake = keep;
                options?.Invoke(all);
            });
        },
        app =>
        {
            UseTenant(app);
            app.MapSocketIO(io => io.On("kept", (Socket socket) => Describe(socket))).WithMetadata(new Place("north"));
        });

    private static void UseTenant(WebApplication app) => app.Use(static (context, next) =>
    {
        context.Items["tenant"] = context.Request.Headers["x-tenant"].ToString();
        return next(context);
    });

    private static void Keep(SocketIOOptions options) => options.OnHandshake = static (context, items) =>
    {
        items["tenant"] = context.Items["tenant"];
        return ValueTask.CompletedTask;
    };

    private static string Describe(Socket socket)
    {
        var items = socket.Handshake.Items;
        return $"{items["tenant"]}, {(items.GetValueOrDefault("place") as Place)?.Name}, {items.GetValueOrDefault("scoped")}";
    }

    private sealed record Place(string Name);

    private sealed class Count
    {
        public int Next { get; set; } = 1;
    }

    private sealed class Scoped(Count count)
    {
        public int Number { get; } = count.Next++;
    }
}
