namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>The kinds of spans there are (docs/observability.md): each is the operation name of its activities, whose display name says more.</summary>
internal static class Spans
{
    /// <summary>A client joins a namespace: its CONNECT, the middlewares, the connection handlers until they return.</summary>
    public const string Connect = "socketio.connect";

    /// <summary>An event of a client: its packet, middlewares and handlers until the last has completed, its acknowledgement.</summary>
    public const string Event = "socketio.event";

    /// <summary>Something is sent to many, which nobody answers: a broadcast, rooms to join or leave, an end, an event for the other workers.</summary>
    public const string Publish = "socketio.publish";

    /// <summary>Clients are asked, and their acknowledgements waited for.</summary>
    public const string Ask = "socketio.ask";

    /// <summary>Other workers are asked, and their answers waited for.</summary>
    public const string Request = "socketio.request";

    /// <summary>What another worker sent to many is carried out on this one. Linked to where it comes from.</summary>
    public const string Deliver = "socketio.deliver";

    /// <summary>What another worker asks is answered by this one. A child of where it comes from.</summary>
    public const string Answer = "socketio.answer";

    /// <summary>A handler of an event of another worker, until it has completed.</summary>
    public const string ServerSideEvent = "socketio.server_side_event";
}
