using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Testing;

/// <summary>A server without a transport, for one test.</summary>
public sealed class SocketIOTestServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly SocketIOTestOptions _options;
    private readonly InMemoryEndpoint _endpoint;

    private SocketIOTestServer(ServiceProvider services, SocketIOTestOptions options, ServerLog log)
    {
        _services = services;
        _options = options;
        Server = services.GetRequiredService<SocketIOServer>();
        _endpoint = new(Server, log);
    }

    /// <summary>The server: to emit, to look at, to register more.</summary>
    public SocketIOServer Server { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _services;

    /// <summary>
    /// Connects a client. When it completes, the connection handlers have been started; what they do before they wait for something is done.
    /// </summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="auth">What the official client calls <c>auth</c>: an object, or null for none.</param>
    /// <param name="configure">Settings of the client, such as its user.</param>
    /// <exception cref="ConnectRefusedException">The server has refused it.</exception>
    /// <exception cref="EventTimeoutException">The server has not answered in time: a middleware waits for something.</exception>
    public Task<SocketIOTestClient> ConnectAsync(string ns = "/", object? auth = null, Action<SocketIOTestClientOptions>? configure = null) =>
        SocketIOTestClient.ConnectAsync(_endpoint, ns, auth, configure, defaults => defaults.Deadline = _options.Deadline);

    /// <summary>Waits until no handler runs any more, those of clients that have just left included.</summary>
    /// <param name="deadline">How long to wait. Default: <see cref="SocketIOTestOptions.Deadline"/>.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="EventTimeoutException">They do not end in time.</exception>
    public Task IdleAsync(TimeSpan? deadline = null, CancellationToken ct = default) => ServerIdle.WaitAsync(Server, deadline ?? _options.Deadline, ct);

    /// <summary>Closes the server, and with it its clients.</summary>
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    internal static SocketIOTestServer Create(Action<SocketIOServer> configure, SocketIOTestOptions options)
    {
        var log = new ServerLog();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging(log.AddTo);
        options.CopyTo(services);
        var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
        try
        {
            var server = new SocketIOTestServer(provider, options, log);
            configure(server.Server);
            return server;
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }
}
