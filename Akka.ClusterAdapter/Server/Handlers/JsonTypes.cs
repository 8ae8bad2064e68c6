using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// Which types of handlers JSON could not carry, whatever is sent. The options are asked: what a converter or a resolver of the application knows is
/// fine, and so is what is in doubt.
/// </summary>
/// <param name="parser">The server's parser. What one that is not ours can read, nobody knows.</param>
internal sealed class JsonTypes(IPacketParser parser)
{
    private const int MostNested = 8;

    private static readonly Type[] Unsupported = [typeof(MemberInfo), typeof(Delegate), typeof(Stream), typeof(nint), typeof(nuint)];

    private readonly JsonSerializerOptions? _options = parser is JsonPacketParser or MessagePackPacketParser ? parser.JsonOptions : null;

    /// <summary>What cannot be read of a type: itself, or what it is a collection of; null when everything can.</summary>
    public Type? Unreadable(Type type) => Find(type, static part => part.IsAbstract || IsTuple(part) || IsUnsupported(part));

    /// <summary>The value tuple in a type that would be written without its values: itself, or what it is a collection of; null when there is none.</summary>
    public Type? EmptyTuple(Type type) => Find(type, IsTuple);

    public static bool IsTuple(Type type) => type.IsValueType && typeof(ITuple).IsAssignableFrom(type);

    private static bool IsUnsupported(Type type) => type.IsPointer || type.IsFunctionPointer || type is { IsArray: true, IsSZArray: false }
        || IsAsyncStream(type) || Array.Exists(Unsupported, known => known.IsAssignableFrom(type));

    private static bool IsAsyncStream(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>);

    // The options make what they know of a type when they are asked: only of what looks wrong.
    private Type? Find(Type type, Func<Type, bool> looksWrong, int depth = 0)
    {
        if (looksWrong(type) && !CanCarry(type))
            return type;
        return depth < MostNested && ElementOf(type) is { } element && Find(element, looksWrong, depth + 1) is { } part && !HasOwnConverter(type) ? part : null;
    }

    private bool CanCarry(Type type)
    {
        if (type == typeof(PacketArguments))
            return true;
        if (_options is null)
            return !type.IsInterface || typeof(IEnumerable).IsAssignableFrom(type) || IsMarked(type);
        try
        {
            if (!_options.TryGetTypeInfo(type, out var known))
                return false;
            if (IsOwn(known.Converter))
                return true;
            if (IsUnsupported(type))
                return false;
            return known.Kind != JsonTypeInfoKind.Object
                || (IsTuple(type) ? known.Properties.Count > 0 : known.CreateObject is not null || known.PolymorphismOptions is not null);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return !IsUnsupported(type);
        }
    }

    private bool HasOwnConverter(Type type)
    {
        try
        {
            return _options is null || IsOwn(_options.GetConverter(type));
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return true;
        }
    }

    private static bool IsOwn(JsonConverter converter) => converter.GetType().Assembly != typeof(JsonConverter).Assembly;

    private static bool IsMarked(Type type) =>
        type.IsDefined(typeof(JsonConverterAttribute)) || type.IsDefined(typeof(JsonPolymorphicAttribute)) || type.IsDefined(typeof(JsonDerivedTypeAttribute));

    private static Type? ElementOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
            return value;
        if (type.IsArray)
            return type.GetElementType();
        var sequences = type.GetInterfaces().Append(type)
            .Where(static each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEnumerable<>)).Take(2).ToArray();
        if (sequences.Length != 1)
            return null;
        var element = sequences[0].GetGenericArguments()[0];
        return element.IsGenericType && element.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? element.GetGenericArguments()[1] : element;
    }
}
