using System.Reflection;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators.Contracts;

/// <summary>
/// Attributes of contracts, known by their full names: an assembly of contracts that clients share declares them itself instead of using this library.
/// </summary>
internal static class ContractMarks
{
    private static readonly string EventName = typeof(EventNameAttribute).FullName!;

    /// <summary>The namespaces that an attribute of that kind names; empty when it is not marked.</summary>
    public static IEnumerable<string> Namespaces<TAttribute>(Type contract) =>
        contract.CustomAttributes.Where(static mark => mark.AttributeType.FullName == typeof(TAttribute).FullName)
            .Select(static mark => mark.ConstructorArguments is [{ Value: string name }] ? name : "/");

    /// <summary>The name that a method was given; null without one.</summary>
    public static string? NameOf(MethodInfo method) =>
        method.CustomAttributes.FirstOrDefault(static mark => mark.AttributeType.FullName == EventName)?.ConstructorArguments is [{ Value: string name }]
            ? name
            : null;
}
