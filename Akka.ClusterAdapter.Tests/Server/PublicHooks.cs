using System.Reflection;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>
/// Everything of the public surface by which the application hands us code to call, as <c>Type.Member</c>: delegates,
/// interfaces of ours, events, what may be overridden.
/// </summary>
internal static class PublicHooks
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly Library = typeof(SocketIOServer).Assembly;

    public static IReadOnlyList<string> All { get; } =
    [
        .. Library.GetExportedTypes().Where(type => !IsDelegate(type)).SelectMany(Of).Distinct().Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Of(Type type)
    {
        var owner = type.Name.Split('`')[0];
        foreach (var raised in type.GetEvents(Declared).Where(raised => IsVisible(raised.AddMethod)))
            yield return $"{owner}.{raised.Name}";
        foreach (var property in type.GetProperties(Declared).Where(property => IsVisible(property.SetMethod) && IsCode(property.PropertyType)))
            yield return $"{owner}.{property.Name}";
        foreach (var method in Methods(type).Where(method => IsVisible(method) && method.GetParameters().Any(parameter => IsCode(parameter.ParameterType))))
            yield return $"{owner}.{method.Name}";
        if (!type.IsInterface && (type.IsSealed || !type.GetConstructors(Declared).Any(IsVisible)))
            yield break;
        foreach (var method in type.GetMethods(Declared)
            .Where(method => method is { IsVirtual: true, IsFinal: false, IsSpecialName: false } && method.GetBaseDefinition() == method && IsVisible(method)))
            yield return $"{owner}.{method.Name}";
    }

    // An extension block is a type that the compiler names.
    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.Name.StartsWith('<') ? [] : type.GetMethods(Declared).Where(method => !method.IsSpecialName).Concat<MethodBase>(type.GetConstructors(Declared));

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true };

    private static bool IsDelegate(Type type) => typeof(Delegate).IsAssignableFrom(type);

    private static bool IsCode(Type type) => IsDelegate(type) || (type.IsInterface && type.Assembly == Library);
}
