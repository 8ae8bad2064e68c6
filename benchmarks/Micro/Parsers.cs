using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Micro;

/// <summary>The two parsers by the names workers compare.</summary>
internal static class Parsers
{
    public static IPacketParser Named(string name) => name == "json" ? new JsonPacketParser() : new MessagePackPacketParser();
}
