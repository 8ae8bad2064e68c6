using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>In which form a handler returns.</summary>
internal enum ResultForm
{
    Nothing,
    Value,
    Task,
    TaskOfValue,
    ValueTask,
    ValueTaskOfValue,
}

/// <summary>What a handler returns: nothing or a value, at once or later.</summary>
/// <param name="Form">The form.</param>
/// <param name="Value">The value's type; null without one.</param>
internal sealed record HandlerResult(ResultForm Form, Type? Value)
{
    /// <summary>What the method returns.</summary>
    /// <param name="method">The method.</param>
    /// <param name="type">What the delegate says that it returns, which may be less.</param>
    /// <param name="why">Why it cannot be a handler.</param>
    /// <returns>Null when it cannot be a handler.</returns>
    public static HandlerResult? Of(MethodInfo method, Type type, out string why)
    {
        why = Complaint(method, type);
        if (why.Length > 0)
            return null;
        if (type == typeof(void))
            return new(ResultForm.Nothing, null);
        if (type == typeof(ValueTask))
            return new(ResultForm.ValueTask, null);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return new(ResultForm.ValueTaskOfValue, type.GetGenericArguments()[0]);
        for (var known = type; known is not null; known = known.BaseType)
        {
            if (known.IsGenericType && known.GetGenericTypeDefinition() == typeof(Task<>))
                return new(ResultForm.TaskOfValue, known.GetGenericArguments()[0]);
            if (known == typeof(Task))
                return new(ResultForm.Task, null);
        }

        return new(ResultForm.Value, type);
    }

    private static string Complaint(MethodInfo method, Type type)
    {
        var value = type.IsGenericType && type.GetGenericTypeDefinition() is var definition
            && (definition == typeof(Task<>) || definition == typeof(ValueTask<>))
            ? type.GetGenericArguments()[0]
            : type;
        if (type == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
            return "is async void, so that nobody knows when it ends and what it throws ends the process. Let it return Task or ValueTask.";
        if (type.IsByRef || type.IsByRefLike || type.IsPointer)
            return $"returns {type.Name}, which cannot be kept. Let it return a value.";
        if (typeof(IResult).IsAssignableFrom(value) || typeof(IActionResult).IsAssignableFrom(value))
            return $"returns {value.Name}, an answer to an HTTP request. What it returns is the acknowledgement: let it return the value itself.";
        if (IsAsyncStream(value))
            return $"returns {value.Name}, a stream. An acknowledgement is one value: let it return a list, or emit each element.";
        var isAwaited = value == type && (typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask));
        if (isAwaited || value.GetMethod("GetAwaiter", Type.EmptyTypes) is null)
            return "";
        return value == type
            ? $"returns {type.Name}, which would be sent instead of awaited. Let it return Task or ValueTask."
            : $"returns {TypeNames.Of(type)}, of which only the outer one is awaited: the inner one would be sent. An await is missing: async … => await ….";
    }

    private static bool IsAsyncStream(Type type) =>
        type.GetInterfaces().Append(type).Any(static each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));
}
