namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Who starts the example server with a wrong setting reads one sentence that says what to change.</summary>
public sealed class TestServerStartTests
{
    [Theory]
    [InlineData("akka.cluster-adapter.loop = sometimes", "akka.cluster-adapter.loop is 'sometimes': it must be cluster, clients or off.")]
    [InlineData("akka.cluster-adapter.request-timeout = 60s", "akka.cluster-adapter.request-timeout is no setting: it must be one of advertised-url, ")]
    public async Task A_wrong_setting_is_a_sentence_and_no_stack_trace(string hocon, string sentence)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestServerProcess.StartAsync("--workers", "1", "--cold", "--hocon", hocon));

        Assert.Contains($"TestServer: {sentence}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--workers", "0", "--max-payload", "0", "MaxPayload")]
    [InlineData("--workers", "1", "--recovery", "0", "MaxDisconnection")]
    [InlineData("--workers", "0", "--admin", "bob:nohash", "bcrypt")]
    public async Task A_wrong_option_is_a_sentence_and_no_unhandled_exception(string workers, string count, string option, string value, string word)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => TestServerProcess.StartAsync(workers, count, "--cold", option, value));

        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
        Assert.Contains("TestServer: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_cannot_start_ends_the_others_that_wait_for_it()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        // The second worker's own port; the last argument counts.
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestServerProcess.StartAsync("--workers", "2", "--cold", "--port", (port - 2).ToString(System.Globalization.CultureInfo.InvariantCulture)));

        Assert.Contains($"port {port}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("a worker ended before it was ready, with exit code 2", refused.Message, StringComparison.Ordinal);
    }
}
