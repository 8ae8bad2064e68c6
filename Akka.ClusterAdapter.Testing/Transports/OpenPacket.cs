using System.Text.Json;

namespace Akka.ClusterAdapter.Testing.Transports;

/// <summary>What the server says first.</summary>
// 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
internal sealed record OpenPacket(string Sid, long PingInterval, long PingTimeout)
{
    /// <param name="json">Without the type digit.</param>
    public static OpenPacket Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<OpenPacket>(json.Span, JsonSerializerOptions.Web)!;

    /// <summary>How long nothing may come.</summary>
    public TimeSpan Patience => TimeSpan.FromMilliseconds(PingInterval + PingTimeout);
}
