using System.Reflection;
using System.Text.Json;

namespace Akka.ClusterAdapter.Operators.Contracts;

/// <summary>Names of a contract's methods on the wire: one rule for both directions, for the generator and for the tool.</summary>
internal static class EventNames
{
    private const string Suffix = "Async";

    /// <summary>What <see cref="Server.EventNameAttribute"/> says, or the rule.</summary>
    public static string Of(MethodInfo method) => ContractMarks.NameOf(method) ?? Of(method.Name);

    /// <summary>The method's name without <c>Async</c>, in camel case as System.Text.Json writes properties.</summary>
    public static string Of(string methodName)
    {
        var name = methodName.Length > Suffix.Length && methodName.EndsWith(Suffix, StringComparison.Ordinal) ? methodName[..^Suffix.Length] : methodName;
        return JsonNamingPolicy.CamelCase.ConvertName(name);
    }
}
