using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Server.Contracts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Metadata;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// Attributes of ASP.NET Core on handlers. Those of authorization are honoured, on handler classes and on handlers of clients' events. Whoever writes another
/// one, or one of them elsewhere, relies on it, so registering such a handler is an error.
/// </summary>
internal static class HandlerAttributes
{
    private const string Framework = "Microsoft.AspNetCore";
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Words for readers and tools only.</summary>
    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(StringComparer.Ordinal,
        "NonControllerAttribute", "NonActionAttribute", "TagsAttribute", "EndpointSummaryAttribute",
        "EndpointDescriptionAttribute", "ExcludeFromDescriptionAttribute", "ApiExplorerSettingsAttribute");

    private static readonly ConcurrentDictionary<(MethodInfo, bool), byte> Checked = new();

    /// <summary>Looks at a handler class, its base classes, and their members.</summary>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    public static void Check(Type handler)
    {
        var contract = ContractMethods.Of(handler).Select(static said => said.Method).ToList();
        for (var type = handler; type is not null && type != typeof(SocketHandler) && type != typeof(object); type = type.BaseType)
        {
            Check(type, type.Name, mayAuthorize: true);
            foreach (var member in type.GetMembers(Declared))
            {
                if (member is not (MethodInfo or PropertyInfo or FieldInfo))
                    continue;
                var isHandler = member is MethodInfo said
                    && (member.IsDefined(typeof(OnAttribute), inherit: true) || contract.Exists(other => other.HasSameMetadataDefinitionAs(said)));
                Check(member, $"{type.Name}.{member.Name}", isHandler);
                if (isHandler && member is MethodInfo method)
                    CheckParameters(method, $"{type.Name}.{method.Name}");
            }
        }
    }

    /// <summary>Looks at a handler that is a delegate: C# allows attributes on lambdas.</summary>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    /// <param name="handler">The delegate.</param>
    /// <param name="what">The delegate, for messages.</param>
    /// <param name="mayAuthorize">True for a handler of a client's event.</param>
    public static void Check(Delegate handler, string what, bool mayAuthorize = false)
    {
        var method = handler.Method;
        // What was compiled at run time has neither a class nor attributes.
        if (method.DeclaringType is null || Checked.ContainsKey((method, mayAuthorize)))
            return;
        Check(method, what, mayAuthorize);
        // Of a class of the application's own: what stands on it guards nothing here.
        if (!method.DeclaringType.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            && method.DeclaringType.CustomAttributes.FirstOrDefault(static each => IsAuthorization(each.AttributeType)) is { } ofClass)
            throw Refusal(ofClass.AttributeType, $"{method.DeclaringType.Name}, whose method {method.Name} is {what},", Remedy(ofClass.AttributeType));
        CheckParameters(method, what);
        Checked.TryAdd((method, mayAuthorize), 0);
    }

    private static void Check(MemberInfo member, string where, bool mayAuthorize)
    {
        foreach (var attribute in member.CustomAttributes)
        {
            if (!mayAuthorize && typeof(IEventFilter).IsAssignableFrom(attribute.AttributeType))
                throw Refusal(
                    attribute.AttributeType, where,
                    "A filter runs around handlers of clients' events: it belongs on a handler class, its [On] methods, or such a handler.");
            if (!(mayAuthorize && IsAuthorization(attribute.AttributeType)) && IsOfTheFramework(attribute.AttributeType))
                throw Refusal(attribute.AttributeType, where, Remedy(attribute.AttributeType));
        }
    }

    private static void CheckParameters(MethodInfo method, string where)
    {
        foreach (var parameter in method.GetParameters())
        {
            foreach (var attribute in parameter.CustomAttributes.Select(static attribute => attribute.AttributeType))
            {
                if (typeof(ValidationAttribute).IsAssignableFrom(attribute) || typeof(IFromServiceMetadata).IsAssignableFrom(attribute))
                    continue;
                if (IsOfTheFramework(attribute))
                    throw Refusal(
                        attribute, $"the parameter {parameter.Name} of {where}",
                        "An event is no HTTP request: parameters are its arguments, in their order, and services of the application.");
            }
        }
    }

    private static bool IsAuthorization(Type attribute) =>
        typeof(IAuthorizeData).IsAssignableFrom(attribute) || typeof(IAuthorizationRequirementData).IsAssignableFrom(attribute);

    /// <summary>Also one of the application's own that is derived from one of the framework's or implements what its middleware looks for.</summary>
    private static bool IsOfTheFramework(Type attribute)
    {
        if (Harmless.Contains(attribute.Name))
            return false;
        for (var type = attribute; type is not null; type = type.BaseType)
        {
            if (IsThere(type))
                return true;
        }

        return attribute.GetInterfaces().Any(IsThere);

        static bool IsThere(Type type) => type.Namespace is { } name && (name == Framework || name.StartsWith(Framework + ".", StringComparison.Ordinal));
    }

    private static InvalidOperationException Refusal(Type attribute, string where, string remedy)
    {
        var name = attribute.Name.EndsWith("Attribute", StringComparison.Ordinal) ? attribute.Name[..^"Attribute".Length] : attribute.Name;
        return new($"[{name}] on {where} would have no effect on a Socket.IO handler. {remedy}");
    }

    private static string Remedy(Type attribute) => attribute switch
    {
        _ when typeof(IAuthorizeData).IsAssignableFrom(attribute)
            || attribute.GetInterfaces().Any(static type => type.Namespace == "Microsoft.AspNetCore.Authorization" && type != typeof(IAllowAnonymous)) =>
            "It belongs on a handler class, on its [On] methods, or on a handler of a client's event. "
            + "Of a namespace it is required by io.Of(…).RequireAuthorization(), of everybody by MapSocketIO(…).RequireAuthorization().",
        _ when typeof(IAllowAnonymous).IsAssignableFrom(attribute) => "Take it away: what a class requires is required when a client connects to its "
            + "namespace, so that none is let in for one method. Require it of the other methods instead.",
        _ when typeof(ICorsMetadata).IsAssignableFrom(attribute) => "CORS belongs to the endpoint: MapSocketIO(…).RequireCors(…), or app.UseCors(…).",
        _ when attribute.Namespace == "Microsoft.AspNetCore.RateLimiting" =>
            "Limit requests with MapSocketIO(…).RequireRateLimiting(…), "
            + "and what one client sends with SocketIOOptions.MaxPacketsPerSecond and MaxBytesPerSecond.",
        _ => "Take it away; what holds for all requests belongs to the endpoint that MapSocketIO returns or to middleware, "
            + "what holds for one event into its handler.",
    };
}
