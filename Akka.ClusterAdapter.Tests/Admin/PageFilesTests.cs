using System.Net;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>The page itself, when it is served.</summary>
public sealed class PageFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("admin");

    public PageFilesTests()
    {
        var page = _folder.CreateSubdirectory("dist");
        File.WriteAllText(Path.Combine(_folder.FullName, "outside.html"), "outside");
        File.WriteAllText(Path.Combine(page.FullName, "index.html"), "the page");
        File.WriteAllText(Path.Combine(page.CreateSubdirectory("js").FullName, "app.js"), "the script");
    }

    private string Page => Path.Combine(_folder.FullName, "dist");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("/admin-page/", 200, "the page")]
    [InlineData("/admin-page/index.html", 200, "the page")]
    [InlineData("/admin-page/js/app.js", 200, "the script")]
    [InlineData("/admin-page/js/", 404, "")]
    [InlineData("/admin-page/nothing", 404, "")]
    [InlineData("/admin-page/../outside.html", 404, "")]
    [InlineData("/admin-page/..%2foutside.html", 404, "")]
    [InlineData("/admin-page/%2e%2e/outside.html", 404, "")]
    [InlineData("/admin-page//etc/passwd", 404, "")]
    public async Task Files_of_the_directory_are_served_and_no_others(string path, int status, string text)
    {
        await using var host = await StartAsync(app => app.MapSocketIOAdmin());
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        using var answer = await http.SendAsync(new(
            HttpMethod.Get,
            new Uri(host.Uri.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })));

        Assert.Equal((status, text), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        if (status != 200)
            return;
        Assert.Equal("no-cache", answer.Headers.CacheControl!.ToString());
        Assert.Equal("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Its_place_without_a_slash_leads_to_the_one_with_it_within_groups_too()
    {
        await using var host = await StartAsync(app =>
        {
            app.MapSocketIOAdmin("/ops/page/");
            app.MapGroup("/group").MapSocketIOAdmin();
        });
        using var http = new HttpClient();

        Assert.Equal("the page", await http.GetStringAsync(new Uri(host.Uri, "/ops/page")));
        Assert.Equal("the page", await http.GetStringAsync(new Uri(host.Uri, "/group/admin-page")));
        Assert.Equal("the script", await http.GetStringAsync(new Uri(host.Uri, "/group/admin-page/js/app.js")));
    }

    [Fact]
    public async Task Strangers_can_be_kept_from_the_files_too()
    {
        await using var host = await StartAsync(
            app =>
            {
                app.UseAuthorization();
                app.MapSocketIOAdmin().RequireAuthorization(policy => policy.RequireAssertion(
                    context => context.Resource is Microsoft.AspNetCore.Http.HttpContext { Request.Headers: var headers } && headers.ContainsKey("X-Known")));
            },
            services => services.AddAuthorization().AddAuthentication("x").AddCookie("x"));
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        Assert.NotEqual(HttpStatusCode.OK, (await http.GetAsync(new Uri(host.Uri, "/admin-page/"))).StatusCode);
        http.DefaultRequestHeaders.Add("X-Known", "yes");
        Assert.Equal("the page", await http.GetStringAsync(new Uri(host.Uri, "/admin-page/")));
    }

    [Fact]
    public async Task What_cannot_be_served_stops_the_application()
    {
        var noDirectory = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(app => app.MapSocketIOAdmin(), directory: null));
        var noPage = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(app => app.MapSocketIOAdmin(), directory: _folder.FullName));
        var noPath = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(app => app.MapSocketIOAdmin("/")));
        var noServer = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(app => app.MapSocketIOAdmin("/x", "chat")));

        Assert.Contains("needs SocketIOAdminOptions.PageDirectory", noDirectory.Message, StringComparison.Ordinal);
        Assert.Contains("has no index.html", noPage.Message, StringComparison.Ordinal);
        Assert.Contains("is no path for the admin page", noPath.Message, StringComparison.Ordinal);
        Assert.Contains("needs builder.Services.AddSocketIOAdmin(\"chat\")", noServer.Message, StringComparison.Ordinal);
    }

    private Task<SocketIOTestHost> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? more = null) => StartAsync(map, more, Page);

    private static Task<SocketIOTestHost> StartAsync(Action<WebApplication> map, string? directory) => StartAsync(map, null, directory);

    private static Task<SocketIOTestHost> StartAsync(
        Action<WebApplication> map, Action<IServiceCollection>? more, string? directory) => SocketIOTestHost.StartAsync(
        _ => { },
        services: services =>
        {
            services.AddSocketIOAdmin(options =>
            {
                Admins.ByPassword(options);
                options.PageDirectory = directory;
            });
            more?.Invoke(services);
        },
        use: map);
}
