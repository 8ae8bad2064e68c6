using System.Reflection;
using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>A user's typed handler, bound without reflection on the call. Arguments are converted and the handler is started synchronously.</summary>
internal sealed class EventBinding
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly Delegate _handler;
    private readonly Func<EventBinding, EventContext, ValueTask> _invoke;

    private EventBinding(Delegate handler, bool answers, Func<EventBinding, EventContext, ValueTask> invoke)
    {
        ArgumentNullException.ThrowIfNull(handler);
        HandlerAttributes.Check(handler);
        _handler = handler;
        _invoke = invoke;
        Answers = answers;
    }

    /// <summary>True when the handler's result is the acknowledgement.</summary>
    public bool Answers { get; }

    /// <summary>The user's delegate; for a method of a handler class, what calls it.</summary>
    public Delegate Handler => _handler;

    /// <summary>True for a method of a handler class.</summary>
    public bool IsMethod { get; private init; }

    public ValueTask InvokeAsync(EventContext context) => _invoke(this, context);

    public static EventBinding Of(Func<ValueTask> handler) =>
        new(handler, false, static (b, _) => b.As<Func<ValueTask>>()());

    public static EventBinding Of<T>(Func<T, ValueTask> handler) =>
        new(handler, false, static (b, e) => b.As<Func<T, ValueTask>>()(b.Arg<T>(e, 0, 0)));

    public static EventBinding Of<T1, T2>(Func<T1, T2, ValueTask> handler) =>
        new(handler, false, static (b, e) => b.As<Func<T1, T2, ValueTask>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>())));

    public static EventBinding Of<T1, T2, T3>(Func<T1, T2, T3, ValueTask> handler) =>
        new(handler, false, static (b, e) => b.As<Func<T1, T2, T3, ValueTask>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>()), b.Arg<T3>(e, 2, Takes<T1>() + Takes<T2>())));

    public static EventBinding Of(Func<Task> handler) =>
        new(handler, false, static (b, _) => new ValueTask(b.As<Func<Task>>()()));

    public static EventBinding Of<T>(Func<T, Task> handler) =>
        new(handler, false, static (b, e) => new ValueTask(b.As<Func<T, Task>>()(b.Arg<T>(e, 0, 0))));

    public static EventBinding Of<T1, T2>(Func<T1, T2, Task> handler) =>
        new(handler, false, static (b, e) => new ValueTask(b.As<Func<T1, T2, Task>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>()))));

    public static EventBinding Of<T1, T2, T3>(Func<T1, T2, T3, Task> handler) =>
        new(handler, false, static (b, e) => new ValueTask(b.As<Func<T1, T2, T3, Task>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>()), b.Arg<T3>(e, 2, Takes<T1>() + Takes<T2>()))));

    public static EventBinding Answering<TAck>(Func<ValueTask<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, b.As<Func<ValueTask<TAck>>>()()));

    public static EventBinding Answering<T, TAck>(Func<T, ValueTask<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, b.As<Func<T, ValueTask<TAck>>>()(b.Arg<T>(e, 0, 0))));

    public static EventBinding Answering<T1, T2, TAck>(Func<T1, T2, ValueTask<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, b.As<Func<T1, T2, ValueTask<TAck>>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>()))));

    public static EventBinding Answering<T1, T2, T3, TAck>(Func<T1, T2, T3, ValueTask<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, b.As<Func<T1, T2, T3, ValueTask<TAck>>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>()), b.Arg<T3>(e, 2, Takes<T1>() + Takes<T2>()))));

    public static EventBinding Answering<TAck>(Func<Task<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, new ValueTask<TAck>(b.As<Func<Task<TAck>>>()())));

    public static EventBinding Answering<T, TAck>(Func<T, Task<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, new ValueTask<TAck>(b.As<Func<T, Task<TAck>>>()(b.Arg<T>(e, 0, 0)))));

    public static EventBinding Answering<T1, T2, TAck>(Func<T1, T2, Task<TAck>> handler) =>
        new(handler, true, static (b, e) => AnswerAsync(e, new ValueTask<TAck>(b.As<Func<T1, T2, Task<TAck>>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>())))));

    public static EventBinding Answering<T1, T2, T3, TAck>(Func<T1, T2, T3, Task<TAck>> handler) =>
        new(handler, true, static (b, e) =>
            AnswerAsync(e, new ValueTask<TAck>(b.As<Func<T1, T2, T3, Task<TAck>>>()(b.Arg<T1>(e, 0, 0), b.Arg<T2>(e, 1, Takes<T1>()), b.Arg<T3>(e, 2, Takes<T1>() + Takes<T2>())))));

    /// <summary>A method of a handler class; what it needs of the event is converted by <see cref="Argument"/>.</summary>
    public static EventBinding OfMethod(Delegate invoke, bool answers, Func<EventBinding, EventContext, ValueTask> call) =>
        new(invoke, answers, call) { IsMethod = true };

    internal static ValueTask AnswerAsync<TAck>(EventContext context, ValueTask<TAck> result)
    {
        return result.IsCompletedSuccessfully ? context.AckAsync(result.Result) : Await(context, result);

        static async ValueTask Await(EventContext context, ValueTask<TAck> result) =>
            await context.AckAsync(await result.ConfigureAwait(false)).ConfigureAwait(false);
    }

    private T As<T>()
        where T : class => (T)(object)_handler;

    /// <summary>How many of the event's arguments a parameter takes: the event as it is takes none.</summary>
    private static int Takes<T>() => typeof(T) == typeof(EventContext) ? 0 : 1;

    private T Arg<T>(EventContext context, int parameter, int index)
    {
        if (typeof(T) == typeof(EventContext))
            return (T)(object)context;
        return Lacks<T>(context, index) ? Missing<T>(_handler.Method.GetParameters()[parameter], index) : context.Get<T>(index)!;
    }

    /// <summary>An argument that is only passed on may be null like any other value.</summary>
    private static bool Lacks<T>(EventContext context, int index) =>
        typeof(T) == typeof(PacketArgument) ? index >= context.Count : context.IsMissing(index);

    /// <summary>One argument for a parameter that is already known.</summary>
    internal static T Argument<T>(EventContext context, int index, ParameterInfo parameter)
    {
        if (typeof(T) == typeof(EventContext))
            return (T)(object)context;
        return Lacks<T>(context, index) ? Missing<T>(parameter, index) : context.Get<T>(index)!;
    }

    /// <summary>Missing or null is fine for a nullable or optional parameter, as the compiler would have it; anything else does not fit.</summary>
    private static T Missing<T>(ParameterInfo parameter, int index)
    {
        if (parameter.HasDefaultValue)
            return (T)parameter.DefaultValue!;
        if (typeof(T).IsValueType ? Nullable.GetUnderlyingType(typeof(T)) is not null : IsNullable(parameter))
            return default!;
        throw new JsonException($"Argument {index + 1} ({parameter.Name}) is missing.");
    }

    private static bool IsNullable(ParameterInfo parameter)
    {
        lock (Nullability)
            return Nullability.Create(parameter).WriteState != NullabilityState.NotNull;
    }
}
