using System.Reflection;
using Akka.ClusterAdapter.Operators.Contracts;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server.Contracts;

/// <summary>The events that a handler class handles because an interface marked <see cref="ClientToServerAttribute"/>, which it implements, says so.</summary>
internal static class ContractMethods
{
    /// <summary>
    /// Names and methods, in the interfaces' order. The method is the class's own, with its attributes, also where it implements explicitly; of a default
    /// implementation it is the interface's. A method that <see cref="OnAttribute"/> registers under the same name already is left out.
    /// </summary>
    /// <exception cref="InvalidOperationException">Something of the contract cannot be an event, or would be two.</exception>
    public static IReadOnlyList<(string EventName, MethodInfo Method)> Of(Type handler)
    {
        var events = new Dictionary<string, MethodInfo>(StringComparer.Ordinal);
        var found = new List<(string, MethodInfo)>();
        foreach (var (said, method) in ContractsOf(handler).SelectMany(contract => Implementations(handler, contract)))
        {
            var name = NameOf(said);
            if (!events.TryAdd(name, said))
                throw new InvalidOperationException(
                    $"{Display(events[name])} and {Display(said)} would both be the event \"{name}\": rename one, or mark it with [EventName(\"…\")].");
            if (!IsMarked(method, name))
                found.Add((name, method));
        }

        return found;
    }

    /// <summary>The marked interfaces, and those of the application that they build upon, each once. What .NET has is no event: Dispose.</summary>
    private static IEnumerable<Type> ContractsOf(Type handler) =>
        handler.GetInterfaces().Where(static type => ContractMarks.Namespaces<ClientToServerAttribute>(type).Any())
            .SelectMany(static type => type.GetInterfaces().Append(type)).Distinct().Where(static type => !IsOfTheRuntime(type));

    private static IEnumerable<(MethodInfo Said, MethodInfo Method)> Implementations(Type handler, Type contract)
    {
        UnheededAttributes.Check(contract, handler);
        var map = handler.GetInterfaceMap(contract);
        for (var i = 0; i < map.InterfaceMethods.Length; i++)
        {
            var (said, method) = (map.InterfaceMethods[i], map.TargetMethods[i]);
            if (!said.IsStatic && said.IsPublic)
                yield return (said, method);
        }
    }

    private static bool IsOfTheRuntime(Type type) => type.Namespace is "System" || type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true;

    private static string NameOf(MethodInfo said)
    {
        if (said.IsSpecialName || said.IsGenericMethod)
            throw new InvalidOperationException(
                $"{Display(said)} is {(said.IsGenericMethod ? "generic" : "no method")}: a contract has methods that are not generic, one for each event.");
        var name = EventNames.Of(said);
        return name.Length > 0 && !ReservedEventNames.Contains(name)
            ? name
            : throw new InvalidOperationException(
                $"{Display(said)} would be the event \"{name}\", which no client can send: rename it, or mark it with [EventName(\"…\")].");
    }

    private static bool IsMarked(MethodInfo method, string name)
    {
        if (method.GetCustomAttribute<OnAttribute>() is not { } on)
            return false;
        return (on.EventName ?? EventNames.Of(method)) == name ? true : throw new InvalidOperationException(
            $"{Display(method)} is the event \"{name}\" of its contract and marked [On(\"{on.EventName ?? EventNames.Of(method)}\")]: take the mark away, "
            + "or rename the event in the contract with [EventName(\"…\")].");
    }

    private static string Display(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
