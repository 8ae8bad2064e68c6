using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>The packets the server itself sends, ready-made.</summary>
internal static class EnginePacket
{
    public static EngineMessage Close { get; } = EngineMessage.Packet("1"u8);

    public static EngineMessage Ping { get; } = EngineMessage.Packet("2"u8);

    public static EngineMessage ProbeAnswer { get; } = EngineMessage.Packet("3probe"u8);

    public static EngineMessage Noop { get; } = EngineMessage.Packet("6"u8);

    /// <summary>The first packet of a session.</summary>
    // 0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
    public static EngineMessage Open(string sid, string transport, EngineOptions options)
    {
        using var buffer = new MemoryStream();
        buffer.WriteByte((byte)'0');
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, sid);
            json.WriteStartArray("upgrades"u8);
            if (options.AllowUpgrades && transport == TransportNames.Polling && options.Transports.Contains(TransportNames.WebSocket))
                json.WriteStringValue(TransportNames.WebSocket);
            json.WriteEndArray();
            json.WriteNumber("pingInterval"u8, (long)options.PingInterval.TotalMilliseconds);
            json.WriteNumber("pingTimeout"u8, (long)options.PingTimeout.TotalMilliseconds);
            json.WriteNumber("maxPayload"u8, options.MaxPayload);
            json.WriteEndObject();
        }

        return EngineMessage.Packet(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
