using System.IO.Compression;
using System.Net;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Clients;

public sealed class ClientBundleTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bundle");

    public ClientBundleTests()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "socket.io.js"), "/* client */");
        File.WriteAllText(Path.Combine(_directory.FullName, "socket.io.js.map"), "{}");
        File.WriteAllText(Path.Combine(_directory.FullName, "secret.js"), "secret");
    }

    [Theory]
    [InlineData("socket.io.js", "application/javascript; charset=utf-8", "/* client */")]
    [InlineData("socket.io.js?v=1", "application/javascript; charset=utf-8", "/* client */")]
    [InlineData("socket.io.js.map", "application/json; charset=utf-8", "{}")]
    public async Task Files_of_the_client_are_served(string target, string type, string content)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.GetAsync(new Uri("/socket.io/" + target, UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("public, max-age=0", answer.Headers.CacheControl!.ToString());
        Assert.NotNull(answer.Headers.ETag);
        Assert.Equal(content, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("{0}", HttpStatusCode.NotModified)]
    [InlineData("W/{0}", HttpStatusCode.NotModified)]
    [InlineData("\"other\", {0}", HttpStatusCode.NotModified)]
    [InlineData("*", HttpStatusCode.NotModified)]
    [InlineData("\"other\"", HttpStatusCode.OK)]
    [InlineData("nonsense", HttpStatusCode.OK)]
    public async Task A_client_that_has_it_is_told_so(string known, HttpStatusCode expected)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Uri };
        using var first = await http.GetAsync(new Uri("/socket.io/socket.io.js", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.js");
        request.Headers.TryAddWithoutValidation("If-None-Match", string.Format(null, known, first.Headers.ETag));

        using var answer = await http.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(first.Headers.ETag, answer.Headers.ETag);
    }

    [Theory]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip;q=0.5, br;q=0", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("identity", null)]
    [InlineData("*", "br")]
    public async Task Files_are_compressed_as_the_client_can_read_them(string accepted, string? coding)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = host.Uri };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket.io/socket.io.js");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);

        using var answer = await http.SendAsync(request);

        Assert.Equal(coding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        using var body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(coding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            _ => body,
        });
        Assert.Equal("/* client */", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("secret.js")]
    [InlineData("socket.io.js/x")]
    [InlineData("x/socket.io.js")]
    [InlineData("SOCKET.IO.JS")]
    [InlineData("..%2fsecret.js")]
    public async Task Anything_else_is_the_engines_business(string target)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.GetAsync(new Uri("/socket.io/" + target, UriKind.Relative));

        Assert.Equal("{\"code\":0,\"message\":\"Transport unknown\"}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Without_a_directory_who_asks_and_the_log_are_told_what_to_set()
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.GetAsync(new Uri("/socket.io/socket.io.js", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("ClientBundleDirectory", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Contains(
            "socket.io.js",
            Assert.Single(host.Logs.Lines, line => line.Contains("ClientBundleDirectory is not set", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_in_the_directory_is_told_too()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Uri };

        using var answer = await http.GetAsync(new Uri("/socket.io/socket.io.min.js", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("it is not in SocketIOOptions.ClientBundleDirectory", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_the_client_stops_the_application_at_its_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            SocketIOTestHost.StartAsync(_ => { }, options => options.ClientBundleDirectory = Path.Combine(_directory.FullName, "nowhere")));

        Assert.Contains("ClientBundleDirectory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_official_package_is_served_with_all_its_files()
    {
        var dist = NodeClient.Bundle;
        Assert.True(Directory.Exists(dist), "The official client is not installed: run npm ci in Akka.ClusterAdapter.Tests/Interop, or make test.");
        await using var host = await SocketIOTestHost.StartAsync(_ => { }, options => options.ClientBundleDirectory = dist);
        using var http = new HttpClient { BaseAddress = host.Uri };

        foreach (var name in new[] { "socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js" })
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(dist, name)), await http.GetByteArrayAsync(new Uri("/socket.io/" + name, UriKind.Relative)));
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(dist, name + ".map")),
                await http.GetByteArrayAsync(new Uri($"/socket.io/{name}.map", UriKind.Relative)));
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private Task<SocketIOTestHost> StartAsync() =>
        SocketIOTestHost.StartAsync(_ => { }, (SocketIOOptions options) => options.ClientBundleDirectory = _directory.FullName);
}
