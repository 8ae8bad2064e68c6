using Akka.ClusterAdapter.Tests.Engine;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>One server has one endpoint (issue 16, A7).</summary>
public class MapTwiceTests
{
    [Fact]
    public async Task A_second_MapSocketIO_is_refused_whatever_is_around_it()
    {
        await using var app = Application();
        app.MapSocketIO();

        var same = Assert.Throws<InvalidOperationException>(() => app.MapSocketIO());
        var group = Assert.Throws<InvalidOperationException>(() => app.MapGroup("/admin").MapSocketIO(io => io.Of("/secret")));
        var branch = Assert.Throws<InvalidOperationException>(
            () => app.Map("/branch", branch => branch.UseRouting().UseEndpoints(endpoints => endpoints.MapSocketIO())));

        foreach (var refusal in new[] { same, group, branch })
        {
            Assert.Contains("MapSocketIO was called a second time", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("Register all namespaces in one MapSocketIO", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task After_one_that_failed_another_may_follow()
    {
        await using var app = Application();
        Assert.Throws<FormatException>(() => app.MapSocketIO(_ => throw new FormatException()));

        app.MapSocketIO();
    }

    [Fact]
    public async Task Two_applications_in_one_process_have_a_server_each()
    {
        await using var first = await SocketIOTestHost.StartAsync(_ => { });
        await using var second = await SocketIOTestHost.StartAsync(_ => { });

        await using var client = await first.ConnectAsync();
        await using var other = await second.ConnectAsync();

        Assert.Equal((1, 1), (first.Server.Engine.SessionCount, second.Server.Engine.SessionCount));
    }

    [Theory]
    [InlineData("/engine.io", "/engine.io")]
    [InlineData("/engine.io", "/Engine.IO/")]
    public async Task MapEngineIO_twice_on_one_path_is_refused(string first, string second)
    {
        await using var app = Application();
        app.MapEngineIO(first, new RecordingHandler());

        var refusal = Assert.Throws<InvalidOperationException>(() => app.MapEngineIO(second, new RecordingHandler()));

        Assert.Contains("is served by another", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MapEngineIO_on_the_path_of_MapSocketIO_is_refused_also_from_a_group()
    {
        await using var app = Application();
        app.MapSocketIO();
        Assert.Throws<InvalidOperationException>(() => app.MapEngineIO("/socket.io", new RecordingHandler()));
        app.MapGroup("/socket.io").MapEngineIO("/", new RecordingHandler());

        var refusal = Assert.Throws<InvalidOperationException>(() => ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).Count());

        Assert.Contains("is served by another", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_path_may_be_shared_out_by_host()
    {
        await using var app = Application();
        app.MapGroup("").RequireHost("a.example").MapEngineIO("/engine.io", new RecordingHandler());
        app.MapGroup("").RequireHost("b.example").MapEngineIO("/engine.io", new RecordingHandler());

        await app.StartAsync();

        Assert.Equal(2, ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).Count());
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        foreach (var (host, status) in new[] { ("a.example", 200), ("b.example", 200), ("c.example", 404) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/engine.io/?EIO=4&transport=polling") { Headers = { Host = host } };
            using var answer = await http.SendAsync(request);
            Assert.Equal((host, status), (host, (int)answer.StatusCode));
        }
    }

    [Fact]
    public async Task A_group_with_a_prefix_has_the_same_path_elsewhere()
    {
        await using var app = Application();
        app.MapSocketIO();
        app.MapGroup("/v2").MapEngineIO("/socket.io", new RecordingHandler());

        await app.StartAsync();

        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.StartsWith("0{", await http.GetStringAsync("/socket.io/?EIO=4&transport=polling"), StringComparison.Ordinal);
        Assert.StartsWith("0{", await http.GetStringAsync("/v2/socket.io/?EIO=4&transport=polling"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_that_lead_to_one_place_are_refused_at_the_start()
    {
        await using var app = Application();
        app.MapSocketIO();
        app.MapGroup("").MapEngineIO("/socket.io", new RecordingHandler());

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync());

        Assert.Contains("is served by another", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_the_servers_alone_and_leaves_links_by_name_in_order()
    {
        await using var app = Application();
        app.MapSocketIO().WithName("chat");
        app.MapGet("/about", () => "about").WithName("about");
        await app.StartAsync();

        var links = app.Services.GetRequiredService<LinkGenerator>();

        Assert.Equal("/about", links.GetPathByName("about"));
        Assert.Equal("/socket.io", links.GetPathByName("chat"));
    }

    private static WebApplication Application()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO();
        return builder.Build();
    }
}
