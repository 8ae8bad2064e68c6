using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Testing;

/// <summary>Tests of handlers without a transport: a server that is talked to directly, at once, with no port and no request.</summary>
public static class SocketIOTest
{
    /// <summary>
    /// A server for one test. Everything from the packet to the handler is the real thing; there are no requests, so what belongs to them (the endpoint's
    /// authorization, CORS, <see cref="EngineOptions.AllowRequest"/>, limits per address) is not asked.
    /// </summary>
    /// <param name="configure">Registers handlers, as in <c>MapSocketIO</c>.</param>
    /// <param name="options">Services, clock and settings.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is out of its range.</exception>
    public static SocketIOTestServer Create(Action<SocketIOServer> configure, Action<SocketIOTestOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var settings = new SocketIOTestOptions();
        options?.Invoke(settings);
        return SocketIOTestServer.Create(configure, settings);
    }
}
