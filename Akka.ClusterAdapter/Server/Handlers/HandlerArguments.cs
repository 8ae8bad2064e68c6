using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>What compiled handlers call: for the values of their parameters, and to give their result away.</summary>
internal static class HandlerArguments
{
    /// <summary>One argument. Missing or null is fine for a parameter that is nullable or has a default, as the compiler would have it.</summary>
    /// <exception cref="ArgumentRefusedException">It does not fit.</exception>
    public static T Get<T>(EventContext context, HandlerParameter parameter)
    {
        var value = Lacks<T>(context, parameter.Index) ? Missing<T>(parameter) : Convert<T>(context, parameter.Index, parameter);
        parameter.Validation?.Check(value, context);
        return value;
    }

    /// <summary>All arguments from there on.</summary>
    /// <exception cref="ArgumentRefusedException">One does not fit.</exception>
    public static T[] Rest<T>(EventContext context, HandlerParameter parameter)
    {
        if (context.Count <= parameter.Index)
            return [];
        var values = new T[context.Count - parameter.Index];
        for (var i = 0; i < values.Length; i++)
        {
            if (!Lacks<T>(context, parameter.Index + i))
                values[i] = Convert<T>(context, parameter.Index + i, parameter);
            else if (!parameter.AllowsNull)
                throw new ArgumentRefusedException($"Argument {parameter.Index + i + 1} ({parameter.Name}) is null.");
        }

        parameter.Validation?.Check(values, context);
        return values;
    }

    /// <summary>A service of the event's scope.</summary>
    public static T Service<T>(EventContext context, HandlerParameter parameter)
    {
        var services = context.Services;
        var service = parameter.IsKeyed ? (services as IKeyedServiceProvider)?.GetKeyedService(typeof(T), parameter.Key) : services.GetService(typeof(T));
        if (service is not null)
            return (T)service;
        if (parameter.HasDefault || parameter.AllowsNull)
            return (T)parameter.Default!;
        return parameter.IsKeyed ? (T)services.GetRequiredKeyedService(typeof(T), parameter.Key) : (T)services.GetRequiredService(typeof(T));
    }

    public static ValueTask Answer<T>(EventContext context, T value) => context.AckAsync(value);

    public static ValueTask AnswerTaskAsync<T>(EventContext context, Task<T> result) => AnswerAsync(context, new ValueTask<T>(result));

    public static ValueTask AnswerAsync<T>(EventContext context, ValueTask<T> result)
    {
        return result.IsCompletedSuccessfully ? context.AckAsync(result.Result) : Await(context, result);

        static async ValueTask Await(EventContext context, ValueTask<T> result) =>
            await context.AckAsync(await result.ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>For a handler whose result nobody waits for.</summary>
    public static ValueTask IgnoreAsync<T>(ValueTask<T> result) => result.IsCompletedSuccessfully ? default : new ValueTask(result.AsTask());

    /// <summary>For a filter: the result as an object, null without one.</summary>
    public static async ValueTask<object?> BoxTaskAsync<T>(Task<T> result) => await result.ConfigureAwait(false);

    public static async ValueTask<object?> BoxAsync<T>(ValueTask<T> result) => await result.ConfigureAwait(false);

    public static async ValueTask<object?> BoxNothingAsync(ValueTask result)
    {
        await result.ConfigureAwait(false);
        return null;
    }

    /// <summary>An argument that is only passed on may be null like any other value.</summary>
    private static bool Lacks<T>(EventContext context, int index) =>
        typeof(T) == typeof(PacketArgument) ? index >= context.Count : context.IsMissing(index);

    private static T Convert<T>(EventContext context, int index, HandlerParameter parameter)
    {
        try
        {
            return context.Get<T>(index)!;
        }
        catch (ArgumentRefusedException e)
        {
            throw new ArgumentRefusedException($"Argument {index + 1} ({parameter.Name}) does not fit.", e.InnerException);
        }
    }

    private static T Missing<T>(HandlerParameter parameter)
    {
        if (parameter.HasDefault)
            return (T)parameter.Default!;
        return parameter.AllowsNull ? default! : throw new ArgumentRefusedException($"Argument {parameter.Index + 1} ({parameter.Name}) is missing.");
    }
}
