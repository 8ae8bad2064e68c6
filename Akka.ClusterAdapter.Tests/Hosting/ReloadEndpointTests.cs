using System.Net;
using Akka.ClusterAdapter.Primary;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Primary;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>A primary that can be asked over HTTP; its worker is a line of shell.</summary>
public sealed class ReloadEndpointTests : IAsyncLifetime, IDisposable
{
    private const string Serve = "echo " + WorkerLifetime.ReadyLine + "; exec cat";

    private readonly PoolOutput _output = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private WebApplication? _app;
    private IPAddress? _caller;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _output.Dispose();
    }

    [Fact]
    public async Task A_post_replaces_the_workers_and_says_so()
    {
        await StartAsync(Serve);

        using var answer = await PostAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("all 1 workers were replaced", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => _output.Pids.Length == 2, "its line");
        Assert.Equal(1, _app!.Services.GetRequiredService<SocketIOWorkers>().ReadyCount);
    }

    [Fact]
    public async Task A_reload_that_stopped_early_is_a_conflict_with_its_reason()
    {
        await StartAsync($"[ $SOCKETIO_WORKER_START = 2 ] && exit 3; {Serve}");

        using var answer = await PostAsync();

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("ended with code 3", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_primary_that_is_told_to_stop_ends_the_reload_and_answers_at_once()
    {
        await StartAsync($"[ $SOCKETIO_WORKER_START = 2 ] && exec cat; {Serve}");
        var reload = PostAsync();
        await Eventually.TrueAsync(
            () => _output.Lines.Any(line => line.Contains("a new process is started beside", StringComparison.Ordinal)), "the reload has begun");

        await _app!.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        using var answer = await reload.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("The primary is stopping", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(_output.Pids);
    }

    [Theory]
    [InlineData("10.1.2.3", null)]
    [InlineData("2001:db8::1", null)]
    [InlineData("127.0.0.1", "http://evil.example")]
    [InlineData("127.0.0.1", "http://127.0.0.1")]
    public async Task Other_machines_and_web_pages_are_refused(string address, string? origin)
    {
        await StartAsync(Serve);
        _caller = IPAddress.Parse(address);

        using var answer = await PostAsync(origin);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Single(_output.Pids);
    }

    [Fact]
    public async Task Only_a_post_reloads()
    {
        await StartAsync(Serve);

        using var answer = await _http.GetAsync(new Uri(_app!.Urls.First() + "/reload"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Single(_output.Pids);
    }

    [Fact]
    public void Without_a_primary_it_cannot_be_mapped()
    {
        using var app = (IDisposable)WebApplication.CreateSlimBuilder().Build();

        Assert.Throws<InvalidOperationException>(() => ((WebApplication)app).MapSocketIOReload());
    }

    private async Task StartAsync(string script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddSocketIOWorkers(primary =>
        {
            (primary.Program, primary.Arguments) = ("/bin/sh", ["-c", script]);
            (primary.Workers, primary.Port) = (1, 0);
            primary.Output = primary.Error = _output;
        });
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            context.Connection.RemoteIpAddress = _caller ?? context.Connection.RemoteIpAddress;
            return next(context);
        });
        _app.MapSocketIOReload();
        await _app.StartAsync();
        await Eventually.TrueAsync(() => _output.Pids.Length == 1, "a worker");
    }

    private Task<HttpResponseMessage> PostAsync(string? origin = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_app!.Urls.First() + "/reload"));
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return _http.SendAsync(request);
    }
}
