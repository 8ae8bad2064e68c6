using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Tells types that take whatever comes (<c>object</c>, <see cref="JsonElement"/>, <see cref="JsonNode"/>, converters of the application) somewhere
/// inside from those whose every byte has its place:
/// only the latter may be given attachments by reference, uncopied.
/// </summary>
internal sealed class UntypedTypes(JsonSerializerOptions options)
{
    private readonly ConcurrentDictionary<Type, bool> _known = new();

    public bool Has(Type type) => !type.IsPrimitive && type != typeof(string) && _known.GetOrAdd(type, static (type, me) => me.Search(type, []), this);

    private bool Search(Type type, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return seen.Add(type) && (InfoOf(type) is not { } info || IsOpen(info, seen));
    }

    private JsonTypeInfo? InfoOf(Type type)
    {
        try
        {
            return options.GetTypeInfo(type);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return null; // the serializer will say so itself
        }
    }

    private bool IsOpen(JsonTypeInfo info, HashSet<Type> seen) => info.PolymorphismOptions is not null || info.Kind switch
    {
        JsonTypeInfoKind.None => !IsClosed(info),
        JsonTypeInfoKind.Enumerable => info.ElementType is not { } element || Search(element, seen),
        JsonTypeInfoKind.Object =>
            info.Properties.Any(property => property.IsExtensionData || property.CustomConverter is not null || Search(property.PropertyType, seen)),
        _ => true, // a stand-in could be read as a dictionary
    };

    private static bool IsClosed(JsonTypeInfo info)
    {
        var (type, home) = (info.Type, info.Converter.GetType().Assembly);
        return type != typeof(object) && type != typeof(JsonElement) && type != typeof(JsonDocument) && !type.IsAssignableTo(typeof(JsonNode))
            && (home == typeof(JsonSerializer).Assembly || home == typeof(UntypedTypes).Assembly);
    }
}
