using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>What may change until 1.0 says so to the compiler, and users need none of it (docs/decisions/0056).</summary>
public sealed class ContractsTests
{
    private static readonly Assembly Library = typeof(PacketType).Assembly;

    [Theory]
    [InlineData("SIO001", "BroadcastOptions IAckSink IAdapterHost InMemoryAdapter SocketDetails")]
    [InlineData("SIO002", "EncodedPacket IArgumentFormat IPacketDecoder IPacketParser Packet PacketBodyWriter PacketDecoderLimits PacketHeader PacketType")]
    public void A_contract_is_marked_as_a_whole(string id, string types)
    {
        var marked = Library.GetExportedTypes().Where(type => type.GetCustomAttribute<ExperimentalAttribute>()?.DiagnosticId == id);

        Assert.Equal(types.Split(' '), marked.Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_users_touch_is_no_contract()
    {
        var marked = Library.GetExportedTypes().Where(type => type.Namespace == UserTypes.Namespace && type.IsDefined(typeof(ExperimentalAttribute)));

        Assert.Empty(marked);
    }

    /// <summary>A type that is in no contract and no user's namespace is one that nobody outside would name.</summary>
    [Fact]
    public void Of_adapters_and_packets_only_what_users_name_is_outside_the_contracts()
    {
        string[] floors = ["Akka.ClusterAdapter.Adapters", "Akka.ClusterAdapter.Protocol", "Akka.ClusterAdapter.Operators"];

        var named = Library.GetExportedTypes().Where(type => floors.Contains(type.Namespace) && !type.IsDefined(typeof(ExperimentalAttribute)));

        Assert.Equal(
            [
                "IAdapter", "IAdapterFactory", "InMemoryAdapterFactory", "JsonPacketParser", "MessagePackPacketParser", "PacketArgument", "PacketArguments",
                "PacketBinary", "PacketBody",
                "ProtocolException", "RoomEvent", "RoomEventKind",
            ],
            named.Select(type => type.Name).Order(StringComparer.Ordinal));
    }
}
