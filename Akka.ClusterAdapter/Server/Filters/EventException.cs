namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Thrown by a handler or a filter to tell the client that its event failed: its acknowledgement is
/// <c>{ "error": { "message": …, "code": …, "data": … } }</c>, whatever <see cref="SocketIOOptions.AckErrors"/> says. A client that did not ask for an
/// acknowledgement is not told. Logged at Debug, not as an error. Text of other exceptions never leaves the server.
/// </summary>
/// <param name="message">What the client reads as <c>error.message</c>.</param>
/// <param name="data">What it reads as <c>error.data</c>, serialised with the server's JSON options; left out when null.</param>
/// <remarks>In a handler of an event of another worker it is an exception like any other: the asker gets no answer.</remarks>
public sealed class EventException(string message, object? data = null) : Exception(message)
{
    /// <summary>What the client reads as <c>error.data</c>.</summary>
    public object? ErrorData { get; } = data;

    /// <summary>What the client reads as <c>error.code</c>; left out when null, the default.</summary>
    public string? Code { get; init; }

    /// <summary>Under which it is counted.</summary>
    internal string Rejection { get; init; } = Rejections.Event;
}
