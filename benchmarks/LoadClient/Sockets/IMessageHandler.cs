namespace LoadClient.Sockets;

/// <summary>What a scenario does with what arrives. Called on the event loop, once per message: no allocation here.</summary>
internal interface IMessageHandler
{
    /// <summary>Bytes of the payload that events carry.</summary>
    int PayloadSize { get; }

    /// <summary>An event's payload has arrived.</summary>
    void OnEvent(Connection connection, in PayloadCheck payload, long now);

    /// <summary>An acknowledgement has arrived; the text is its JSON array.</summary>
    void OnAck(Connection connection, ReadOnlySpan<byte> json, long now);

    /// <summary>A connection has ended that nobody asked to end.</summary>
    void OnLost(Connection connection);
}
