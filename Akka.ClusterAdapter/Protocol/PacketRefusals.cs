namespace Akka.ClusterAdapter.Protocol;

/// <summary>Packets that are well-formed, but over a limit or not to be passed on.</summary>
internal static class PacketRefusals
{
    public static ProtocolException Packet() => Of("packet too large", "packet-too-large");

    public static ProtocolException Attachments() => Of("too many attachments", "too-many-attachments");

    public static ProtocolException Namespace() => Of("namespace too long", "namespace-too-long");

    public static ProtocolException EventName() => Of("event name too long", "event-name-too-long");

    public static ProtocolException AckId() => Of("ack id out of range", "ack-id-out-of-range");

    public static ProtocolException ReservedName() => Of("reserved event name", "reserved-event-name");

    public static ProtocolException Depth(Exception? e = null) => new("too many levels", e) { Reason = "too-deep" };

    /// <summary>Parses, but could not be written again.</summary>
    public static ProtocolException Unencodable(string message) => Of(message, "unencodable");

    private static ProtocolException Of(string message, string reason) => new(message) { Reason = reason };
}
