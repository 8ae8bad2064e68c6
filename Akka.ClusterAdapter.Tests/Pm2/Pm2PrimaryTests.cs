using System.Globalization;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Pm2;

/// <summary>Stock pm2 with a real primary.</summary>
[Collection(ProcessTests.Name)]
public sealed class Pm2PrimaryTests
{
    private const string Primary = "chat-primary";

    [Fact]
    public async Task A_primary_is_ready_when_its_workers_are_and_replaces_them_on_SIGHUP()
    {
        var port = FreePorts.Take(1)[0].ToString(CultureInfo.InvariantCulture);
        await using var pm2 = new Pm2Home();
        using var http = new HttpClient();

        // Without its word pm2 would wait for so many milliseconds, which is longer than this test does.
        await pm2.RunAsync(
            "start", ClusterExample.Program, "--name", Primary, "--interpreter", "none", "--wait-ready",
            "--listen-timeout", "600000", "--kill-timeout", "30000", "--", "--workers", "2", "--port", port);

        // A worker listens only when it is ready.
        using var page = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/"));
        Assert.True(page.IsSuccessStatusCode);
        Assert.Equal(2, ClusterExample.ReadyWorkers(await pm2.LogAsync(Primary, "Ctrl+C stops")).Length);
        await pm2.RunAsync("sendSignal", "SIGHUP", Primary);
        await pm2.LogAsync(Primary, "reload: all 2 workers were replaced");
        await pm2.RunAsync("stop", Primary);
        Assert.Equal(("stopped", 0), (await pm2.ListAsync()).Select(app => (app.Status, app.ExitCode)).Single());
    }
}
