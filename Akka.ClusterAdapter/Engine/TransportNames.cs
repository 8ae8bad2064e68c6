namespace Akka.ClusterAdapter.Engine;

/// <summary>The transports' names as they appear in the <c>transport</c> query parameter.</summary>
internal static class TransportNames
{
    public const string Polling = "polling";
    public const string WebSocket = "websocket";
}
