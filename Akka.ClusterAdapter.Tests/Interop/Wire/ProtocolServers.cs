namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>Servers with the protocol profile, each a process without cluster; started when first asked for.</summary>
[CollectionDefinition(Name)]
public sealed class ProtocolServers : IAsyncLifetime, ICollectionFixture<ProtocolServers>
{
    public const string Name = "protocol servers";

    private const string Forever = "60000";

    // A busy machine must not be able to miss a time limit that the test is not about.
    private readonly Lazy<Task<TestServerProcess>> _patient = Start("--cold", "--ping-timeout", Forever, "--connect-timeout", Forever);
    private readonly Lazy<Task<TestServerProcess>> _wantsPongs = Start("--connect-timeout", Forever);
    private readonly Lazy<Task<TestServerProcess>> _wantsConnect = Start("--ping-timeout", Forever);

    private IEnumerable<Lazy<Task<TestServerProcess>>> All => [_patient, _wantsPongs, _wantsConnect];

    /// <summary>Pings every 300 ms, and waits for everything.</summary>
    internal Task<string> PatientAsync() => UrlAsync(_patient);

    /// <summary>Pings every 300 ms, and waits 200 ms for the pong.</summary>
    internal Task<string> WantsPongsAsync() => UrlAsync(_wantsPongs);

    /// <summary>Waits 1 s for a client to join a namespace.</summary>
    internal Task<string> WantsConnectAsync() => UrlAsync(_wantsConnect);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in All.Where(server => server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
            await (await server.Value).DisposeAsync();
    }

    private static Lazy<Task<TestServerProcess>> Start(params string[] arguments) =>
        new(() => TestServerProcess.StartAsync(["--profile", "protocol", "--workers", "0", .. arguments]));

    private static async Task<string> UrlAsync(Lazy<Task<TestServerProcess>> server) => (await server.Value).Urls[0];
}
