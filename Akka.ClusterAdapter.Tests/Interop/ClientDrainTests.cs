using System.Globalization;
using Akka.ClusterAdapter.Tests.Primary;
using Akka.ClusterAdapter.Tests.Server;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Worker processes that stop under real clients.</summary>
public sealed class ClientDrainTests
{
    [Theory]
    [InlineData("clients_are_let_go_one_after_the_other")]
    [InlineData("a_handshake_on_a_kept_alive_connection_is_served_by_another_worker")]
    public async Task A_worker_that_stops_loses_no_client(string scenario)
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold");

        await NodeScenario.PassesAsync(scenario, [server.SharedUrl, .. server.Urls]);
    }

    [Fact]
    public async Task A_signal_ends_readiness_then_the_sockets_then_the_membership_and_the_process_with_code_0()
    {
        await using var server = await TestServerProcess.StartAsync("--workers", "2", "--cold", "--verbose");
        var pid = server.Workers[0];
        await using var client = await WireClient.OpenAsync(new Uri(server.Urls[0]));
        await client.ConnectAsync();

        var start = TimeProvider.System.GetTimestamp();
        await LineProcess.SignalAsync("TERM", pid);
        Assert.Equal("closed", await client.ReceiveAsync());
        await client.CloseAsync();
        await Eventually.TrueAsync(() => !LineProcess.IsRunning(pid), "the worker's end");
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        await Eventually.TrueAsync(
            () => server.Errors.Contains($"worker 1 ({pid.ToString(CultureInfo.InvariantCulture)}) ended with code 0.", StringComparison.Ordinal),
            "its exit code");

        // The drain time-out is 2 s there; who waits for something that never comes takes a minute and more.
        Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        AssertInOrder(
            server.Errors, "it takes no new sessions and lets 1 go", "All sessions of this worker are gone", "as [Leaving]", "Exiting completed",
            "ended with code 0");
    }

    private static void AssertInOrder(string text, params string[] parts)
    {
        var at = parts.Select(part => text.IndexOf(part, StringComparison.Ordinal)).ToArray();
        Assert.True(at[0] >= 0 && at.SequenceEqual(at.Order()), $"{string.Join(", ", parts.Zip(at))} in {text}");
    }
}
