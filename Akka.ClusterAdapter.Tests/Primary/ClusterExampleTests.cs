using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>The whole thing with real processes and the official client. Who does not end the primary shares one.</summary>
public sealed class ClusterExampleTests(ClusterExampleTests.TwoWorkers shared) : IClassFixture<ClusterExampleTests.TwoWorkers>
{
    [Fact]
    public async Task A_message_crosses_from_one_worker_to_the_other()
    {
        var example = await shared.WholeAsync();
        await using var ada = await ChatClient.ConnectToAsync(example.Url, "Ada", worker: 1);
        await using var grace = await ChatClient.ConnectToAsync(example.Url, "Grace", worker: 2);

        await ada.SayAsync("good morning");

        await grace.HearsAsync("good morning");
    }

    [Fact]
    public async Task People_on_all_workers_are_listed()
    {
        var example = await shared.WholeAsync();
        await using var ada = await ChatClient.ConnectToAsync(example.Url, "Ada", worker: 1);
        await using var grace = await ChatClient.ConnectToAsync(example.Url, "Grace", worker: 2);

        await grace.WriteLineAsync("people");

        var everybody = await grace.LineAsync("everybody ");
        Assert.Contains("\"name\":\"Ada\",\"worker\":1", everybody, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"Grace\",\"worker\":2", everybody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("polling,websocket")]
    public async Task Clients_that_poll_are_served_on_the_port_that_the_workers_share(string transports)
    {
        var example = await shared.WholeAsync();
        await using var ada = await ChatClient.ConnectAsync(example.Url, "Ada", transports);
        await using var grace = await ChatClient.ConnectAsync(example.Url, "Grace", transports);

        foreach (var text in new[] { "one", "two", "three" })
        {
            await ada.SayAsync(text);
            await grace.HearsAsync(text);
        }

        Assert.DoesNotContain(ada.Lines.Concat(grace.Lines), line => line.StartsWith("disconnect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_by_one_that_hears_the_others()
    {
        var example = await shared.WholeAsync();
        await using var staying = await ChatClient.ConnectToAsync(example.Url, "Ada", worker: 2);
        var killed = example.PidOf(1);

        await LineProcess.SignalAsync("KILL", killed);
        await staying.SayAsync("still here");
        await staying.HearsAsync("still here");
        await Eventually.TrueAsync(() => example.PidOf(1) != killed, "a new worker 1 is ready");
        await using var newcomer = await ChatClient.ConnectToAsync(example.Url, "Grace", worker: 1);
        await staying.SayAsync("welcome");

        await newcomer.HearsAsync("welcome");
        Assert.Equal((1, example.PidOf(1)), newcomer.Served);
        Assert.DoesNotContain(staying.Lines, line => line.StartsWith("disconnect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_of_a_killed_worker_comes_back_by_itself()
    {
        var example = await shared.WholeAsync();
        await using var client = await ChatClient.ConnectToAsync(example.Url, "Ada", worker: 1);
        var killed = example.PidOf(1);

        await LineProcess.SignalAsync("KILL", killed);

        await client.LineAsync("disconnect \"transport close\"");
        await Eventually.TrueAsync(() => client.Served.Pid != killed, "served again");
    }

    [Fact]
    public async Task Workers_end_when_their_primary_is_killed()
    {
        await using var example = await ClusterExample.StartAsync(workers: 2);
        var workers = example.Workers;

        await LineProcess.SignalAsync("KILL", example.Id);

        await Eventually.TrueAsync(() => !workers.Any(worker => LineProcess.IsRunning(worker.Id)), "both workers are gone");
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_to_the_primary_ends_all_with_code_0(string signal)
    {
        await using var example = await ClusterExample.StartAsync(workers: 2);
        var workers = example.Workers;

        await LineProcess.SignalAsync(signal, example.Id);

        Assert.Equal(0, await example.ExitAsync());
        Assert.DoesNotContain(workers, worker => LineProcess.IsRunning(worker.Id));
        Assert.DoesNotContain(example.Lines, line => line.Contains("starting it again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_terminal_that_signals_everybody_leaves_the_workers_to_the_primary()
    {
        var example = await shared.WholeAsync();
        int[] workers = [example.PidOf(1), example.PidOf(2)];

        await LineProcess.SignalAsync("INT", workers);
        await LineProcess.SignalAsync("HUP", workers);

        await using var client = await ChatClient.ConnectAsync(example.Url, "Ada");
        Assert.All(workers, worker => Assert.True(LineProcess.IsRunning(worker)));
    }

    [Fact]
    public async Task A_post_to_the_reload_port_replaces_the_workers()
    {
        var example = await shared.WholeAsync();
        var before = example.Workers;
        using var http = new HttpClient();

        using var answer = await http.PostAsync(new Uri($"http://127.0.0.1:{shared.ReloadPort}/reload"), content: null);

        Assert.Contains("all 2 workers were replaced", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(before, worker => LineProcess.IsRunning(worker.Id));
        Assert.Equal(2, example.Workers.Count(worker => LineProcess.IsRunning(worker.Id)));
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_a_failure()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        await using var example = new ClusterExample("--port", port);

        Assert.Equal(1, await example.ExitAsync());
        Assert.Contains($"Port {port} on 127.0.0.1 is in use", Assert.Single(example.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = 100000b", "akka.remote.dot-netty.tcp.maximum-frame-size is 100000 bytes")]
    [InlineData("akka.cluster-adapter.requests-timeout = soon", "akka.cluster-adapter.requests-timeout")]
    public async Task Wrong_settings_are_told_and_a_failure(string hocon, string expected)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, hocon);

        await using var example = new ClusterExample("--workers", "1", "--port", "0", "--hocon", file);

        Assert.Equal(1, await example.ExitAsync());
        Assert.Equal(2, example.Lines.Length);
        Assert.Contains($"[worker 1] This worker cannot start: {expected}", example.Lines[0], StringComparison.Ordinal);
        Assert.Contains("cannot run with this configuration", example.Lines[1], StringComparison.Ordinal);
        File.Delete(file);
    }

    /// <summary>One example with two workers, and a port that reloads it.</summary>
    public sealed class TwoWorkers : IAsyncLifetime
    {
        private ClusterExample? _example;

        internal string ReloadPort { get; } = FreePorts.Take(1)[0].ToString(CultureInfo.InvariantCulture);

        public async Task InitializeAsync() => _example = await ClusterExample.StartAsync(workers: 2, "--reload-port", ReloadPort);

        public async Task DisposeAsync()
        {
            if (_example is not null)
                await _example.DisposeAsync();
        }

        /// <summary>The example once both workers run; a test before may have killed one.</summary>
        internal async Task<ClusterExample> WholeAsync()
        {
            await Eventually.TrueAsync(() => LineProcess.IsRunning(_example!.PidOf(1)) && LineProcess.IsRunning(_example.PidOf(2)), "both workers run");
            return _example!;
        }
    }
}
