namespace Akka.ClusterAdapter.Protocol;

/// <summary>One received argument that can be sent on as it is, binary included, without being converted.</summary>
/// <param name="Source">The packet's arguments it belongs to.</param>
/// <param name="Index">0 is the first argument after the event's name.</param>
public readonly record struct PacketArgument(PacketArguments Source, int Index)
{
    /// <inheritdoc cref="PacketArguments.Get{T}"/>
    public T? Get<T>() => Source.Get<T>(Index);
}
