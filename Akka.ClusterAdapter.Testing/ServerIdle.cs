using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Testing;

/// <summary>A server that has nothing to do.</summary>
internal static class ServerIdle
{
    public static Task WaitAsync(SocketIOServer server, TimeSpan deadline, CancellationToken ct) => Deadlines.UntilAsync(
        () => server.Dispatcher.Running.Count == 0 && !server.Engine.HasEndsUnderWay,
        deadline,
        () => $"Handlers still run: {server.Dispatcher.Running}.",
        ct);
}
