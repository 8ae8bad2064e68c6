using Akka.ClusterAdapter.Clustering;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Clustering;
using Akka.ClusterAdapter.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/servers.md. The servers' part is run; <see cref="SeveralServersClusterTests"/> run the others.</summary>
public sealed class ServerSnippets
{
    [Fact]
    public async Task What_the_page_maps_starts()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAuthorization(options => options.AddPolicy("admins", policy => policy.RequireRole("admin")));
        builder.Services.AddAuthentication().AddCookie();
        Services(builder);
        await using var app = builder.Build();
        Map(app);
        await app.StartAsync();
        using var http = new HttpClient();

        Assert.Equal(200, (int)(await http.GetAsync(new Uri(app.Urls.First() + "/socket.io/?EIO=4&transport=polling"))).StatusCode);
        Assert.Equal(401, (int)(await http.GetAsync(new Uri(app.Urls.First() + "/admin-io/?EIO=4&transport=polling"))).StatusCode);
    }

    [Fact]
    public async Task What_the_page_emits_with_can_be_made()
    {
        var systems = new TestSystems();

        Assert.Equal("admin", Emitter(systems.Add()).ServerName);
        Assert.Throws<InvalidOperationException>(() => Gateway(WebApplication.CreateSlimBuilder().Build()));
        await systems.EndAsync();
    }

    private static void Services(WebApplicationBuilder builder)
    {
        builder.Services.AddSocketIO();
        builder.Services.AddSocketIO("admin", options => options.AckErrors = true);
    }

    private static void Map(WebApplication app)
    {
        app.MapSocketIO(io => io.On("say", (Socket socket, string text) => socket.Broadcast.EmitAsync("said", text)));
        app.MapSocketIO("/admin-io", "admin", io => io.On("count", (SocketIOServer admin) => admin.Engine.SessionCount)).RequireAuthorization("admins");
    }

    private static SocketIOEmitter Emitter(Akka.Actor.ActorSystem system)
    {
        var emitter = SocketIOEmitter.Create(system, "admin");   // or services.AddSocketIOEmitter("admin")
        return emitter;
    }

    private static void Gateway(WebApplication app)
    {
        app.MapSocketIOGateway();
        app.MapSocketIOGateway("/admin-io", "admin");            // to workers that have that server
    }
}
