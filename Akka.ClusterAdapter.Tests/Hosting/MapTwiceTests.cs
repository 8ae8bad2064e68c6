using Akka.ClusterAdapter.Tests.Engine;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
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
        var branch = Assert.Throws<InvalidOperationException>(() => app.Map("/branch", branch => branch.UseRouting().UseEndpoints(endpoints => endpoints.MapSocketIO())));

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

        Assert.Equal(2, ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).Count());
    }

    private static WebApplication Application()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSocketIO();
        return builder.Build();
    }
}
