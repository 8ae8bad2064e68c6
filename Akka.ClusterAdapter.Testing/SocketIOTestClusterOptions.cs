using Microsoft.AspNetCore.Builder;

namespace Akka.ClusterAdapter.Testing;

/// <summary>Settings of a cluster of a test.</summary>
public sealed class SocketIOTestClusterOptions : SocketIOTestOptions
{
    /// <summary>HOCON that wins over the test's own, such as <c>akka.cluster-adapter.requests-timeout = 1s</c>. Default: nothing.</summary>
    public string Hocon { get; set; } = "";

    /// <summary>
    /// Adds middleware to each worker, in front of Socket.IO; <see cref="SocketIOTestOptions.Services"/> registers what it needs. Default: none.
    /// </summary>
    public Action<WebApplication>? Use { get; set; }
}
