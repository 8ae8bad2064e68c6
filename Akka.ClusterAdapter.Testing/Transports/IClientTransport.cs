namespace Akka.ClusterAdapter.Testing.Transports;

/// <summary>One packet of Engine.IO: text with its type digit, or the bytes of a binary message.</summary>
internal readonly record struct EngineFrame(ReadOnlyMemory<byte> Data, bool IsText)
{
    public static EngineFrame Of(ReadOnlySpan<byte> text) => new(text.ToArray(), IsText: true);
}

/// <summary>Takes what a transport receives, one after the other.</summary>
internal interface IClientSink
{
    /// <summary>A packet; its bytes are valid during the call only.</summary>
    void Received(ReadOnlyMemory<byte> data, bool isText);

    /// <summary>Nothing comes any more. Harmless when repeated.</summary>
    /// <param name="reason">In the words of the official client.</param>
    void Ended(string reason);
}

/// <summary>The client's end of a connection.</summary>
internal interface IClientTransport : IAsyncDisposable
{
    /// <summary>True when the server may vanish without a word, so that the client has to count its pings.</summary>
    bool MayGoSilent { get; }

    /// <summary>Connects; from now on packets go to <paramref name="sink"/>.</summary>
    Task OpenAsync(IClientSink sink, CancellationToken ct);

    /// <summary>Sends packets that follow each other, nothing between. Calls may come from several threads.</summary>
    Task SendAsync(IReadOnlyList<EngineFrame> frames, CancellationToken ct);

    /// <summary>Ends the connection as the official client does when it is closed.</summary>
    Task CloseAsync(CancellationToken ct);

    /// <summary>Ends the connection as a broken network does.</summary>
    void Cut();
}
