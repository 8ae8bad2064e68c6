using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>What cannot be meant with several servers stops the application at its start, with name and remedy.</summary>
public sealed class SeveralServersStartTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("with space")]
    [InlineData("é")]
    [InlineData("-x")]
    [InlineData("..")]
    public void A_name_is_made_of_what_can_be_written_everywhere(string name)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSocketIO(name));

        Assert.Contains($"\"{name}\" is no name for a Socket.IO server", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_used_once()
    {
        var services = new ServiceCollection();
        services.AddSocketIO("admin");

        var same = Assert.Throws<InvalidOperationException>(() => services.AddSocketIO("admin"));
        var almost = Assert.Throws<InvalidOperationException>(() => services.AddSocketIO("Admin"));

        Assert.Contains("AddSocketIO(\"admin\") was called a second time", same.Message, StringComparison.Ordinal);
        Assert.Contains("differ only in case", almost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_never_mapped_is_named()
    {
        var refusal = await RefusedAsync(static services => services.AddSocketIO("admin"), static app => app.MapSocketIO());

        Assert.StartsWith("AddSocketIO(\"admin\") was called, but no client can reach that server: add app.MapSocketIO(", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_it_is_where_there_is_no_web_server()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSocketIO("admin");
        using var host = builder.Build();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.StartsWith("AddSocketIO(\"admin\") was called, but no client can reach", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_map_without_its_server_names_what_is_missing()
    {
        var refusal = await RefusedAsync(static _ => { }, static app => app.MapSocketIO("/admin-io", "admin"));

        Assert.Equal("MapSocketIO(\"/admin-io\", \"admin\") needs builder.Services.AddSocketIO(\"admin\").", refusal);
    }

    [Fact]
    public async Task A_server_is_mapped_once()
    {
        var refusal = await RefusedAsync(static services => services.AddSocketIO("admin"), static app =>
        {
            app.MapSocketIO("/admin-io", "admin");
            app.MapGroup("/v2").MapSocketIO("/admin-io", "admin");
        });

        Assert.StartsWith("MapSocketIO was called a second time for the server \"admin\"", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_on_one_path_are_refused()
    {
        var refusal = await RefusedAsync(static services => services.AddSocketIO("admin"), static app =>
        {
            app.MapSocketIO();
            app.MapSocketIO("/Socket.IO/", "admin");
        });

        Assert.Contains("is served by another MapSocketIO or MapEngineIO", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_at_one_place_by_way_of_groups_are_refused_at_the_start()
    {
        var refusal = await RefusedAsync(static services => services.AddSocketIO("admin"), static app =>
        {
            app.MapGroup("/a").MapSocketIO("/b/io", "admin");
            app.MapGroup("/a/b").MapEngineIO("/io", new RecordingHandler());
        });

        Assert.Contains("is served by another MapSocketIO or MapEngineIO", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_in_branches_of_their_own_may_have_the_same_path_there()
    {
        await using var host = await SeveralHost.StartAsync(
            static services =>
            {
                services.AddSocketIO();
                services.AddSocketIO("one");
                services.AddSocketIO("two");
            },
            static app =>
            {
                app.MapSocketIO("/one-io", "one", static io => SeveralHost.Answer(io, "one"));
                Branch(app, "/a", static endpoints => endpoints.MapGroup("").MapSocketIO(static io => SeveralHost.Answer(io, "a")));
                Branch(app, "/b", static endpoints => endpoints.MapSocketIO("/socket.io", "two", static io => SeveralHost.Answer(io, "b")));
            });

        foreach (var name in new[] { "a", "b" })
        {
            await using var client = await host.ConnectAsync($"/{name}/socket.io");
            Assert.Equal(name, await client.EmitWithAckAsync<string>("who"));
        }
    }

    [Fact]
    public async Task Two_servers_at_one_place_of_a_branch_are_refused_at_the_start()
    {
        var refusal = await RefusedAsync(static services => services.AddSocketIO("admin"), static app => Branch(app, "/a", static endpoints =>
        {
            endpoints.MapSocketIO();
            endpoints.MapGroup("").MapSocketIO("/socket.io", "admin");
        }));

        Assert.Contains("is served by another MapSocketIO or MapEngineIO", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_begins_with_a_slash_and_is_given_once()
    {
        var relative = await Assert.ThrowsAsync<ArgumentException>(
            () => StartAsync(static services => services.AddSocketIO("admin"), static app => app.MapSocketIO("admin-io", "admin")));
        var twice = await RefusedAsync(
            static services => services.AddSocketIO("admin", static options => options.Path = "/elsewhere"),
            static app => app.MapSocketIO("/admin-io", "admin"));

        Assert.Contains("it begins with a slash", relative.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "The server \"admin\" has two paths: \"/admin-io\" in MapSocketIO, and \"/elsewhere\" in its settings.", twice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_server_that_is_not_there_are_a_misspelt_name()
    {
        var refusal = await RefusedAsync(
            static services => services.AddSocketIO("admin"), static app => app.MapSocketIO("/admin-io", "admin"), ("SocketIOServers:amdin:MaxPayload", "5"));

        Assert.StartsWith("The configuration has a section SocketIOServers:amdin, but there is no AddSocketIO(\"amdin\")", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_named_server_are_checked_at_the_start()
    {
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(
            static services => services.AddSocketIO("admin", static options => options.MaxPayload = 0), static app => app.MapSocketIO("/admin-io", "admin")));

        Assert.Contains("MaxPayload", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_do_not_set_one_cookie()
    {
        static void Map(WebApplication app)
        {
            app.MapSocketIO();
            app.MapSocketIO("/admin-io", "admin");
        }

        var refusal = await RefusedAsync(static services => Add(services, new EngineCookie()), Map);
        await using var apart = await SeveralHost.StartAsync(static services => Add(services, new EngineCookie { Path = "/admin-io" }), Map);

        Assert.StartsWith("The servers of AddSocketIO() and \"admin\" set the same cookie, \"io\" for /", refusal, StringComparison.Ordinal);

        static void Add(IServiceCollection services, EngineCookie cookie)
        {
            services.AddSocketIO(static options => options.Cookie = new EngineCookie());
            services.AddSocketIO("admin", options => options.Cookie = cookie);
        }
    }

    private static void Branch(WebApplication app, string path, Action<IEndpointRouteBuilder> map) =>
        app.Map(path, branch => branch.UseRouting().UseEndpoints(map));

    private static async Task<string> RefusedAsync(
        Action<IServiceCollection> services, Action<WebApplication> map, params (string Key, string? Value)[] settings) =>
        (await Assert.ThrowsAnyAsync<InvalidOperationException>(() => StartAsync(services, map, settings))).Message;

    private static async Task StartAsync(Action<IServiceCollection> services, Action<WebApplication> map, params (string Key, string? Value)[] settings)
    {
        await using var host = await SeveralHost.StartAsync(
            all =>
            {
                all.AddSocketIO();
                services(all);
            },
            map,
            settings);
    }
}
