namespace Akka.ClusterAdapter.Engine;

/// <summary>What ends a session because of what its client did: labels of <see cref="EngineMetrics.Rejected"/>.</summary>
internal static class EngineRejections
{
    public const string BadFrame = "bad-frame";
    public const string BadPacket = "bad-packet";
    public const string Base64 = "base64";
    public const string IncompleteBytes = "incomplete-bytes";
    public const string Inflated = "inflated";
    public const string MessageTooLarge = "message-too-large";
    public const string OctetStream = "octet-stream";
    public const string Overlap = "overlap";
    public const string PingDirection = "ping-direction";
    public const string PingFlood = "ping-flood";
    public const string RepeatedPoll = "repeated-poll";
    public const string SlowMessage = "slow-message";
    public const string SlowReader = "slow-reader";
    public const string TooManyPackets = "too-many-packets";
    public const string UnreadableBody = "unreadable-body";
    public const string Unconnected = "unconnected";
    public const string Utf8 = "utf-8";
}
