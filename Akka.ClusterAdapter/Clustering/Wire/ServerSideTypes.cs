using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using Akka.Configuration;
using Hyperion;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>
/// Which CLR types may cross between workers: those the application registered with the enumerations in their fields, simple ones, and collections of all
/// these. Asked with a type by the sender and with the name of one, before anything is loaded, by the receiver.
/// </summary>
internal sealed class ServerSideTypes : ITypeFilter
{
    public const string Key = "akka.cluster-adapter.server-side-types";

    // Hyperion leaves the version of the base library out and writes this for it.
    private const string CoreVersion = ",%core%";

    private static readonly Type[] Simple =
    [
        typeof(string), typeof(bool), typeof(char), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long),
        typeof(ulong),
        typeof(float), typeof(double), typeof(decimal), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly),
        typeof(TimeOnly),
        // What Hyperion makes of a dictionary, and what a list of anything is declared as: what is in them is asked about again.
        typeof(DictionaryEntry), typeof(object),
    ];

    private static readonly ImmutableHashSet<string> Collections =
    [
        .. new[]
        {
            typeof(Nullable<>), typeof(List<>), typeof(HashSet<>), typeof(Dictionary<,>), typeof(KeyValuePair<,>), typeof(ValueTuple<,>),
            typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>)
        }.Select(NameOf),
    ];

    private readonly HashSet<string> _names = [.. Simple.Select(NameOf)];

    public ServerSideTypes(IEnumerable<Type> registered)
    {
        Registered = [.. registered];
        foreach (var type in Registered)
        {
            _names.Add(NameOf(type));
            _names.UnionWith(EnumsIn(type).Select(NameOf));
        }
    }

    /// <summary>The types of the application.</summary>
    public ImmutableArray<Type> Registered { get; }

    /// <exception cref="ConfigurationException">A name is not that of a type.</exception>
    public static ServerSideTypes Load(ImmutableArray<string> names) => new(names.Select(name =>
        Type.GetType(name, throwOnError: false) is { ContainsGenericParameters: false } type
            ? type
            : throw new ConfigurationException(
                $"{Key} names '{name}', which is not found: write namespace, type and assembly, such as \"Shop.Order, Shop\".")));

    public bool IsAllowed(Type type)
    {
        if (type.IsArray)
            return type.IsSZArray && IsAllowed(type.GetElementType()!);
        if (_names.Contains(NameOf(type)))
            return true;
        return type.IsConstructedGenericType && Collections.Contains(NameOf(type.GetGenericTypeDefinition())) && type.GetGenericArguments().All(IsAllowed);
    }

    public bool IsAllowed(string typeName) =>
        TypeName.TryParse(typeName.Replace(CoreVersion, "", StringComparison.Ordinal), out var name) && IsAllowed(name);

    /// <summary>What a sender is told.</summary>
    public static string Refusal(Type type) =>
        $"{type} cannot cross to other workers as a value: add \"{type.FullName}, {type.Assembly.GetName().Name}\" to {Key}, on every worker.";

    private bool IsAllowed(TypeName name)
    {
        if (name.IsArray)
            return name.IsSZArray && IsAllowed(name.GetElementType());
        if (_names.Contains(NameOf(name)))
            return true;
        return name.IsConstructedGenericType && Collections.Contains(NameOf(name.GetGenericTypeDefinition())) && name.GetGenericArguments().All(IsAllowed);
    }

    // Without version, culture and key: workers of different builds agree.
    private static string NameOf(Type type)
    {
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + "[]";
        return type.IsConstructedGenericType
            ? $"{NameOf(type.GetGenericTypeDefinition())}[{string.Join(';', type.GetGenericArguments().Select(NameOf))}]"
            : $"{type.FullName}, {type.Assembly.GetName().Name}";
    }

    private static string NameOf(TypeName name)
    {
        if (name.IsArray)
            return NameOf(name.GetElementType()) + "[]";
        return name.IsConstructedGenericType
            ? $"{NameOf(name.GetGenericTypeDefinition())}[{string.Join(';', name.GetGenericArguments().Select(NameOf))}]"
            : $"{name.FullName}, {name.AssemblyName?.Name}";
    }

    private static IEnumerable<Type> EnumsIn(Type? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if ((Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType) is { IsEnum: true } found)
                    yield return found;
            }
        }
    }
}
