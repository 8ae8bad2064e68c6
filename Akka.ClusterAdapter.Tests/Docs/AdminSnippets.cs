using System.Net;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/admin.md, run.</summary>
public sealed class AdminSnippets
{
    [Fact]
    public async Task What_the_page_sets_up_lets_people_log_in_and_serves_the_page_to_those_who_may()
    {
        var folder = Directory.CreateTempSubdirectory("admin-ui");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "index.html"), "the page");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAuthorization().AddAuthentication().AddCookie();
        builder.Configuration["AdminPasswordHash"] = Admins.Hash;
        Services(builder);
        Page(builder);
        builder.Services.AddSocketIOAdmin(options => options.PageDirectory = folder.FullName);
        await using var app = builder.Build();
        app.MapSocketIO();
        Map(app);
        await app.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var uri = new Uri(app.Urls.First());

        await using var page = await SocketIOTestClient.ConnectAsync(uri, "/admin", Admins.Login);

        await page.WaitForAsync("session");
        Assert.NotEqual(HttpStatusCode.OK, (await http.GetAsync(new Uri(uri, "/admin-page/"))).StatusCode);
        folder.Delete(recursive: true);
    }

    private static void Services(WebApplicationBuilder builder)
    {
        builder.Services.AddSocketIO();
        builder.Services.AddSocketIOAdmin(options =>
        {
            options.UserName = "ada";
            options.PasswordHash = builder.Configuration["AdminPasswordHash"];
        });
    }

    private static void Page(WebApplicationBuilder builder) =>
        builder.Services.AddSocketIOAdmin(options => options.PageDirectory = "admin-ui");

    private static void Map(WebApplication app) =>
        app.MapSocketIOAdmin("/admin-page").RequireAuthorization();
}
