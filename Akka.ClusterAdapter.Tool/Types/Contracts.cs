using System.Reflection;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>What is said in one namespace.</summary>
/// <param name="Name">The namespace.</param>
/// <param name="Spoken">Interfaces of what the server says.</param>
/// <param name="Heard">Interfaces and handler classes of what clients say.</param>
internal sealed record NamespaceContracts(string Name, List<Type> Spoken, List<Type> Heard);

/// <summary>The contracts of an assembly, and of those that it refers to.</summary>
internal static class Contracts
{
    private const string Server = "Akka.ClusterAdapter.Server.";
    private const string Spoken = Server + "ServerToClientAttribute";
    private const string Heard = Server + "ClientToServerAttribute";
    private const string On = Server + "OnAttribute";

    public static IReadOnlyList<NamespaceContracts> Find(Assembly assembly, Warnings warnings)
    {
        var found = new SortedDictionary<string, NamespaceContracts>(StringComparer.Ordinal);
        foreach (var type in Types(assembly))
        {
            foreach (var name in Namespaces(type, Spoken))
                At(found, name).Spoken.Add(type);
            foreach (var name in Namespaces(type, Heard))
                At(found, name).Heard.Add(type);
        }

        foreach (var handler in Types(assembly).Where(static type => IsForgotten(type)))
            warnings.Contract($"{handler.Name} has [On] methods that are in no declaration: mark the class with [ClientToServer(\"/name\")].");
        return [.. found.Values];
    }

    /// <summary>Whether a method is marked to handle an event.</summary>
    public static CustomAttributeData? OnOf(MethodInfo method) => Attributes.All(method, On).FirstOrDefault();

    private static NamespaceContracts At(SortedDictionary<string, NamespaceContracts> found, string name)
    {
        name = name.StartsWith('/') ? name : "/" + name;
        if (!found.TryGetValue(name, out var contracts))
            found.Add(name, contracts = new(name, [], []));
        return contracts;
    }

    private static IEnumerable<string> Namespaces(Type type, string mark) =>
        Attributes.All(type, mark).Select(static attribute => Attributes.First<string>(attribute) ?? "/");

    private static bool IsForgotten(Type type) =>
        !type.IsInterface && !Attributes.All(type, Heard).Any()
        && type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Any(static method => OnOf(method) is not null);

    /// <summary>Of the assembly itself, and the contracts in others of the application that it uses: not those of .NET, nor of packages.</summary>
    private static IEnumerable<Type> Types(Assembly assembly)
    {
        var types = assembly.GetTypes().OrderBy(static type => type.FullName, StringComparer.Ordinal).ToList();
        var used = types.SelectMany(static type => type.GetInterfaces())
            .Concat(types.SelectMany(UsedAsContract))
            .Where(type => type.Assembly != assembly && IsMarked(type));
        return types.Concat(used.Distinct().OrderBy(static type => type.FullName, StringComparer.Ordinal));
    }

    /// <summary>The generator's class in a server has the methods of a contract of another assembly.</summary>
    private static IEnumerable<Type> UsedAsContract(Type type) => !type.Name.StartsWith("SocketContract_", StringComparison.Ordinal)
        ? []
        : type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly).Take(1)
            .Select(static method => method.GetParameters()[0].ParameterType.GetGenericArguments()[0]);

    private static bool IsMarked(Type type) => Attributes.All(type, Spoken).Any() || Attributes.All(type, Heard).Any();
}
