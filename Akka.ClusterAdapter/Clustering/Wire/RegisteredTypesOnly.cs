using System.Collections.Concurrent;
using Hyperion;
using Hyperion.SerializerFactories;
using Hyperion.ValueSerializers;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// Stands before all of Hyperion's own factories and refuses what may not cross. Hyperion asks its type filter about the outermost value only when it
/// writes; this is asked about every type it meets.
/// </summary>
internal sealed class RegisteredTypesOnly(ServerSideTypes types) : ValueSerializerFactory
{
    public override bool CanSerialize(Serializer serializer, Type type) => Pass(type);

    public override bool CanDeserialize(Serializer serializer, Type type) => Pass(type);

    public override ValueSerializer BuildSerializer(Serializer serializer, Type type, ConcurrentDictionary<Type, ValueSerializer> typeMapping) =>
        throw new NotSupportedException();

    // Of an abstract type there are no values; it is only what a field is declared as.
    private bool Pass(Type type) => type.IsAbstract || types.IsAllowed(type) ? false : throw new NotSupportedException(ServerSideTypes.Refusal(type));
}
