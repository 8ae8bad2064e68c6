using System.Reflection;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>Events as members of an interface of TypeScript: the shape that Socket.IO's own types expect.</summary>
internal sealed class EventReader(TypeMapper mapper, Warnings warnings, bool hasFailures)
{
    private const string Suffix = "Async";
    private const string Server = "Akka.ClusterAdapter.Server.";

    private static readonly HashSet<string> GivenByTheServer = new(StringComparer.Ordinal)
    {
        "System.Threading.CancellationToken", "System.Security.Claims.ClaimsPrincipal",
        Server + "Socket", Server + "EventContext", Server + "Namespace", Server + "SocketIOServer",
    };

    /// <summary>Name and function type of each event, in the order of the contracts.</summary>
    public IReadOnlyList<(string Name, string Function)> Read(IEnumerable<Type> contracts, bool isHeard)
    {
        var events = new List<(string Name, string Function)>();
        foreach (var method in contracts.SelectMany(contract => Methods(contract, isHeard)).Distinct())
        {
            var name = NameOf(method);
            if (events.Any(known => known.Name == name))
                warnings.Contract($"{Display(method)} is left out: the namespace has another event \"{name}\".");
            else
                events.Add((name, Function(method, isHeard)));
        }

        return events;
    }

    private static string Display(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static IEnumerable<MethodInfo> Methods(Type contract, bool isHeard)
    {
        if (contract.IsInterface)
        {
            return contract.GetInterfaces().Where(static part => !WireTypes.IsOfTheRuntime(part)).Append(contract)
                .SelectMany(static part => part.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
                .Where(static method => !method.IsSpecialName && !method.IsGenericMethod);
        }

        return isHeard ? contract.GetMethods(BindingFlags.Instance | BindingFlags.Public).Where(static method => Contracts.OnOf(method) is not null) : [];
    }

    /// <summary>The library's rule: what is said by an attribute, or the method's name without Async in camel case.</summary>
    private static string NameOf(MethodInfo method)
    {
        if (Attributes.First<string>(Contracts.OnOf(method)) is { } on)
            return on;
        if (Attributes.First<string>(Attributes.All(method, Server + "EventNameAttribute").FirstOrDefault()) is { } given)
            return given;
        var name = method.Name.Length > Suffix.Length && method.Name.EndsWith(Suffix, StringComparison.Ordinal) ? method.Name[..^Suffix.Length] : method.Name;
        return JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    private string Function(MethodInfo method, bool isHeard)
    {
        var result = ResultOf(Nullability.Of(method.ReturnParameter));
        var sent = method.GetParameters().Where(parameter => IsSent(parameter, isHeard)).ToArray();
        var rest = sent.Length > 0 && IsRest(sent[^1], isHeard) ? sent[^1] : null;
        var parameters = new List<string>();
        for (var i = 0; i < sent.Length - (rest is null ? 0 : 1); i++)
        {
            var areAllMissable = isHeard && rest is null && result is null && sent[i..].All(IsMissable);
            parameters.Add(Parameter(sent[i], i, Where(method, sent[i]), isHeard && IsMissable(sent[i]), areAllMissable));
        }

        var callback = result is null ? null : $"callback: ({Answer(result, method, isHeard)}) => void";
        if (rest is null)
        {
            // The server acknowledges when its handler is done, if the client asks.
            parameters.Add(callback ?? (isHeard ? $"callback?: ({(hasFailures ? $"failed?: {Failures.Name}" : "")}) => void" : ""));
            return $"({string.Join(", ", parameters.Where(static parameter => parameter.Length > 0))}) => void";
        }

        var others = $"...{DeclaredNames.Parameter(rest.Name, sent.Length - 1)}: {Rest(rest, Where(method, rest))}";
        if (callback is null)
            return $"({string.Join(", ", [.. parameters, others])}) => void";
        return $"(...args: [{string.Join(", ", [.. parameters, others, callback])}]) => void";
    }

    private string Parameter(ParameterInfo parameter, int position, string where, bool isMissable, bool mayBeLeftOut)
    {
        var (name, type) = (DeclaredNames.Parameter(parameter.Name, position), mapper.Map(Nullability.Of(parameter), where));
        if (mayBeLeftOut)
            return $"{name}?: {type}";
        return $"{name}: {type}{(isMissable && type != WireTypes.Unknown ? " | undefined" : "")}";
    }

    private string Rest(ParameterInfo parameter, string where)
    {
        if (!parameter.ParameterType.IsArray)
            return "unknown[]";
        var mapped = mapper.Map(Nullability.Of(parameter).Arguments[0], where);
        return mapped.Contains(' ') ? $"({mapped})[]" : mapped + "[]";
    }

    private string Answer(TypeRef result, MethodInfo method, bool isHeard)
    {
        var mapped = mapper.Map(result, $"the result of {Display(method)}");
        if (isHeard)
            return $"value: {mapped}{(hasFailures && mapped != WireTypes.Unknown ? $" | {Failures.Name}" : "")}";
        // A page may answer with nothing where the server takes null.
        return result.IsNullable || mapped == WireTypes.Unknown ? $"value?: {mapped}" : $"value: {mapped}";
    }

    private static string Where(MethodInfo method, ParameterInfo parameter) => $"the parameter {parameter.Name} of {Display(method)}";

    /// <summary>What is awaited; null for an event without answer.</summary>
    private static TypeRef? ResultOf(TypeRef type) => type.Name switch
    {
        "System.Void" or "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" => null,
        "System.Threading.Tasks.Task`1" or "System.Threading.Tasks.ValueTask`1" => type.Arguments[0],
        _ => type,
    };

    /// <summary>The client's arguments: not what the server itself hands to a handler.</summary>
    private static bool IsSent(ParameterInfo parameter, bool isHeard)
    {
        var type = parameter.ParameterType;
        if (GivenByTheServer.Contains(type.FullName ?? "")
            || parameter.CustomAttributes.Any(static attribute => attribute.AttributeType.Name is "FromServicesAttribute" or "FromKeyedServicesAttribute"))
            return false;
        // System.Text.Json cannot read an interface that is neither a collection nor polymorphic: it is a service.
        return !isHeard || parameter.Member.DeclaringType!.IsInterface || !type.IsInterface || Polymorphism.Of(type) is not null
            || Attributes.Converter(type) is not null || Collections.IsUntyped(TypeRef.Of(type));
    }

    private static bool IsRest(ParameterInfo parameter, bool isHeard) =>
        parameter.CustomAttributes.Any(static attribute => attribute.AttributeType.FullName == "System.ParamArrayAttribute")
        || (isHeard && parameter.ParameterType.FullName == "Akka.ClusterAdapter.Protocol.PacketArguments");

    private static bool IsMissable(ParameterInfo parameter) => parameter.HasDefaultValue || Nullability.Of(parameter).IsNullable;
}
