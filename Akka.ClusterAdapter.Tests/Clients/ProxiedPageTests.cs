using Akka.ClusterAdapter.Tests.Gateway;
using Akka.ClusterAdapter.Tests.Hosting;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Clients;

/// <summary>A page with a cookie in a real browser, behind a real nginx with the settings of the field (issue 16, B13): its WebSockets are used.</summary>
[Collection(BrowserLane.Name)]
public sealed class ProxiedPageTests(BrowserLane browsers)
{
    private const string Host = "proxy_set_header Host $host;";
    private const string Forwarded = "proxy_set_header X-Forwarded-Host $http_host;";

    [Theory]
    [InlineData("examples/Nginx", Host + Forwarded, "ada ada")]
    [InlineData("the usual one, which loses the port", Host, "ada ada")]
    [InlineData("a port of its own", "proxy_set_header Host $host:80;", "ada ada")]
    [InlineData("Host replaced, as Apache httpd and YARP do it", Forwarded, "ada ada")]
    [InlineData("nginx's default, which tells nothing: somebody unknown, until it begins with polling", "", "nobody ada")]
    public async Task A_page_with_a_cookie_gets_its_WebSocket(string what, string settings, string expected)
    {
        await using var worker = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => socket.On("who", () => new ValueTask<string>(socket.User.Identity?.Name ?? "nobody"))),
            options => options.ClientBundleDirectory = NodeClient.Bundle,
            services: services => services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, NamedInRequest>("Test", null));
        await using var nginx = await NginxProcess.StartAsync([worker.Uri.ToString()], example =>
        {
            Assert.Contains(Host, example, StringComparison.Ordinal);
            Assert.Contains(Forwarded, example, StringComparison.Ordinal);
            return example.Replace(Forwarded, "", StringComparison.Ordinal).Replace(Host, settings, StringComparison.Ordinal);
        });

        await using var page = browsers.Run(NodeClient.Folder, "proxied-page.mjs", nginx.Url);

        Assert.Equal((what, 0), (what, await page.ExitAsync()));
        Assert.Equal((what, expected), (what, page.Lines.Single()));
    }
}
