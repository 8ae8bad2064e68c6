namespace Akka.ClusterAdapter.Testing;

/// <summary>How a client of a test connects.</summary>
public enum SocketIOTestTransport
{
    /// <summary>With a WebSocket from the start.</summary>
    WebSocket,

    /// <summary>With HTTP long-polling, and stays with it.</summary>
    Polling,

    /// <summary>With HTTP long-polling, and changes to a WebSocket before anything is sent, as browsers do by default.</summary>
    PollingThenWebSocket,
}
