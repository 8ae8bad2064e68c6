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
}
