using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Clients;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Several servers in one application (issue 18, part 6).</summary>
public sealed class SeveralServersTests
{
    [Theory]
    [InlineData("websocket")]
    [InlineData("polling")]
    [InlineData("polling,websocket")]
    public async Task Each_server_answers_the_real_client_under_its_own_path(string transports)
    {
        await using var host = await StartAsync();

        await NodeClient.PassesAsync("place", "socket.io-client", transports, host.Uri.ToString(), "/socket.io", "{}", "{}", "main");
        await NodeClient.PassesAsync("place", "socket.io-client", transports, host.Uri.ToString(), "/admin-io", "{}", "{}", "admin");
    }

    [Fact]
    public async Task Clients_rooms_and_namespaces_of_one_server_are_not_those_of_the_other()
    {
        await using var host = await StartAsync();
        await using var main = await host.ConnectAsync();
        await using var admin = await host.ConnectAsync("/admin-io");
        await main.EmitWithAckAsync<object?>("join", ["lobby"]);
        await admin.EmitWithAckAsync<object?>("join", ["lobby"]);

        await host.Server("admin").To("lobby").EmitAsync("news", "for admins");
        await host.Server().To("lobby").EmitAsync("news", "for all");

        Assert.Equal("for admins", await admin.WaitForAsync<string>("news"));
        Assert.Equal("for all", await main.WaitForAsync<string>("news"));
        Assert.Equal(admin.Id, Assert.Single(await host.Server("admin").FetchSocketsAsync()).Id);
        Assert.Equal(main.Id, Assert.Single(await host.Server().FetchSocketsAsync()).Id);
        await Assert.ThrowsAsync<ConnectRefusedException>(() => host.ConnectAsync("/admin-io", "/chat"));
    }

    [Fact]
    public async Task A_session_of_one_server_is_unknown_to_the_other()
    {
        await using var host = await StartAsync();
        await using var main = await host.ConnectAsync();
        var sid = host.Server().Of("/").Sockets[main.Id].Connection.Id;
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(host.Uri, $"/admin-io/?EIO=4&transport=polling&sid={sid}"));

        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_named_server_has_settings_of_its_own_and_services_get_it_by_its_name()
    {
        await using var host = await SeveralHost.StartAsync(
            services =>
            {
                services.AddSocketIO(options => options.MaxRoomsPerSocket = 7);
                services.AddSocketIO("admin", options => options.AckErrors = true).AddConnectionStateRecovery();
                services.AddSingleton<Two>();
            },
            app =>
            {
                app.MapSocketIO();
                app.MapSocketIO("/admin-io", "admin");
            },
            ("SocketIOServers:admin:MaxRoomsPerSocket", "8"),
            ("SocketIOServers:admin:Transports:0", "websocket"));

        var two = host.App.Services.GetRequiredService<Two>();

        Assert.Same(host.Server(), two.Main);
        Assert.Same(host.Server("admin"), two.Admin);
        Assert.Equal(("", "admin"), (two.Main.Name, two.Admin.Name));
        Assert.Equal((7, 8), (two.Main.Options.MaxRoomsPerSocket, two.Admin.Options.MaxRoomsPerSocket));
        Assert.Equal((2, 1), (two.Main.Options.Transports.Length, two.Admin.Options.Transports.Length));
        Assert.Equal((false, true), (two.Main.Options.AckErrors, two.Admin.Options.AckErrors));
        Assert.Null(two.Main.Options.ConnectionStateRecovery);
        Assert.NotNull(two.Admin.Options.ConnectionStateRecovery);
    }

    [Fact]
    public async Task Handler_classes_and_filters_get_the_server_that_they_work_for_unless_they_name_another()
    {
        await using var host = await SeveralHost.StartAsync(
            services =>
            {
                services.AddSocketIO();
                services.AddSocketIO("admin");
                services.AddSocketIO("jobs");
            },
            app =>
            {
                app.MapSocketIO(io => io.AddFilter<Mark>().MapHandler<Whose>());
                app.MapSocketIO("/admin-io", "admin", io => io.AddFilter<Mark>().MapHandler<Whose>());
                app.MapSocketIO("/jobs-io", "jobs", io => io.Of(new Regex("^/a")).MapHandler<Whose>());
            });
        await using var main = await host.ConnectAsync();
        await using var admin = await host.ConnectAsync("/admin-io");
        await using var jobs = await host.ConnectAsync("/jobs-io", "/a");

        Assert.Equal("[] [] [] [jobs]", await main.EmitWithAckAsync<string>("whose"));
        Assert.Equal("[admin] [admin] [admin] [jobs]", await admin.EmitWithAckAsync<string>("whose"));
        Assert.Equal("[jobs] [jobs] [jobs]", await jobs.EmitWithAckAsync<string>("whose"));
    }

    [Fact]
    public async Task The_test_host_s_client_finds_the_server_by_its_path()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSocketIO();
        builder.Services.AddSocketIO("admin");
        await using var app = builder.Build();
        app.MapSocketIO();
        app.MapGroup("/v1").MapSocketIO("/admin-io", "admin", io => io.OnConnection((Socket socket) => socket.JoinAsync("lobby")));
        await app.StartAsync();

        await using var client = await app.GetTestServer().ConnectSocketIOAsync(configure: static options => options.Path = "/v1/admin-io");

        Assert.Equal("admin", client.Socket.Namespace.Server.Name);
        Assert.Contains("lobby", client.Socket.Rooms);
    }

    [Fact]
    public async Task An_application_may_have_named_servers_only()
    {
        await using var host = await SeveralHost.StartAsync(
            services => services.AddSocketIO("admin"), app => app.MapSocketIO("/socket.io", "admin", io => SeveralHost.Answer(io, "admin")));
        await using var client = await host.ConnectAsync();

        Assert.Equal("admin", await client.EmitWithAckAsync<string>("who"));
    }

    [Fact]
    public async Task Health_is_that_of_all_servers_and_one_that_ends_alone_leaves_the_others_alone()
    {
        await using var host = await StartAsync();
        await using var main = await host.ConnectAsync();
        var health = host.App.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);

        await host.Server("admin").DrainAsync();

        var entry = (await health.CheckHealthAsync()).Entries["socketio"];
        Assert.Equal(
            (HealthStatus.Degraded, "Server \"admin\": This server has been closed and takes no clients; others of this worker do."),
            (entry.Status, entry.Description));
        Assert.Equal("main", await main.EmitWithAckAsync<string>("who"));
        await using var another = await host.ConnectAsync();
        Assert.Equal("main", await another.EmitWithAckAsync<string>("who"));
        await host.Server().DrainAsync();
        entry = (await health.CheckHealthAsync()).Entries["socketio"];
        Assert.Equal((HealthStatus.Unhealthy, "This server is shutting down."), (entry.Status, entry.Description));
    }

    [Fact]
    public async Task When_the_application_stops_all_servers_let_their_clients_go()
    {
        var host = await StartAsync();
        await using var main = await host.ConnectAsync();
        await using var admin = await host.ConnectAsync("/admin-io");

        ConcurrentQueue<(string Server, DisconnectReason Reason)> left = [];
        host.Server().Sockets.Sockets[main.Id].OnDisconnect(reason => left.Enqueue(("", reason)));
        host.Server("admin").Sockets.Sockets[admin.Id].OnDisconnect(reason => left.Enqueue(("admin", reason)));

        await host.DisposeAsync();

        Assert.Equal(
            [("", DisconnectReason.ServerShuttingDown), ("admin", DisconnectReason.ServerShuttingDown)],
            left.OrderBy(static it => it.Server, StringComparer.Ordinal));
        foreach (var client in new[] { main, admin })
            Assert.Equal("transport close", await client.WaitForDisconnectAsync());
    }

    [Fact]
    public async Task What_a_named_server_counts_carries_its_name_and_the_application()
    {
        ConcurrentQueue<(object? Scope, string? Server)> counted = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "socketio.engine.handshakes")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => counted.Enqueue(
            (instrument.Meter.Scope, (string?)tags.ToArray().FirstOrDefault(static tag => tag.Key == "server").Value)));
        listener.Start();
        await using var one = await StartAsync();
        await using var two = await StartAsync();

        await using var main = await one.ConnectAsync();
        await using var admin = await one.ConnectAsync("/admin-io");
        await using var other = await two.ConnectAsync("/admin-io");

        var meters = new[] { one, two }.Select(host => host.App.Services.GetRequiredService<IMeterFactory>()).ToArray();
        Assert.Equal(new[] { null, "admin" }, counted.Where(it => it.Scope == meters[0]).Select(it => it.Server));
        Assert.Equal("admin", Assert.Single(counted, it => it.Scope == meters[1]).Server);
    }

    private static Task<SeveralHost> StartAsync() => SeveralHost.StartAsync(
        services =>
        {
            services.AddSocketIO();
            services.AddSocketIO("admin");
        },
        app =>
        {
            app.MapSocketIO(io =>
            {
                SeveralHost.Answer(io, "main");
                io.Of("/chat");
            });
            app.MapSocketIO("/admin-io", "admin", io => SeveralHost.Answer(io, "admin"));
        });

    private sealed class Whose([FromKeyedServices("jobs")] SocketIOServer jobs, SocketIOServer mine) : SocketHandler
    {
        [On("whose")]
        public string Say(SocketIOServer given) => $"[{mine.Name}] [{given.Name}] [{jobs.Name}]";
    }

    private sealed class Mark(SocketIOServer mine) : IEventFilter
    {
        public async ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next) => $"[{mine.Name}] {await next(context)}";
    }

    private sealed class Two(SocketIOServer main, [FromKeyedServices("admin")] SocketIOServer admin)
    {
        public SocketIOServer Main => main;

        public SocketIOServer Admin => admin;
    }
}
