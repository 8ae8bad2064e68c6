using System.Linq.Expressions;
using System.Reflection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>Calls a handler, without reflection. The first argument is the delegate, or the instance of the handler class.</summary>
internal delegate ValueTask HandlerCallback(object target, EventContext context);

/// <summary>The same, giving the result away instead of acknowledging with it; null when there is none.</summary>
internal delegate ValueTask<object?> FilteredCallback(object target, EventContext context);

/// <summary>Makes code that converts the arguments, calls the handler and sends the acknowledgement. Once per method.</summary>
internal static class HandlerCompiler
{
    private static readonly ConstructorInfo OfTask = typeof(ValueTask).GetConstructor([typeof(Task)])!;
    private static readonly ConstructorInfo OfValue = typeof(ValueTask<object?>).GetConstructor([typeof(object)])!;

    /// <summary>Code that calls a handler; a result is the acknowledgement where somebody waits for one.</summary>
    /// <param name="signature">The handler.</param>
    /// <param name="site">Where there is nobody to be answered, a result is ignored.</param>
    public static HandlerCallback Compile(HandlerSignature signature, HandlerSite site)
    {
        var target = Expression.Parameter(typeof(object));
        var context = Expression.Parameter(typeof(EventContext));
        var call = Call(signature, target, context);
        var answers = site is HandlerSite.Event or HandlerSite.ServerSide;
        return Expression.Lambda<HandlerCallback>(Answered(signature.Result, call, context, answers), target, context).Compile();
    }

    /// <summary>The same for filters, which see the result.</summary>
    public static FilteredCallback CompileFiltered(HandlerSignature signature)
    {
        var target = Expression.Parameter(typeof(object));
        var context = Expression.Parameter(typeof(EventContext));
        return Expression.Lambda<FilteredCallback>(Boxed(signature.Result, Call(signature, target, context)), target, context).Compile();
    }

    private static Expression Call(HandlerSignature signature, Expression target, Expression context)
    {
        var values = signature.Parameters.Select(parameter => Read(parameter, context));
        return signature.DelegateType is { } type
            ? Expression.Invoke(Expression.Convert(target, type), values)
            : Expression.Call(Expression.Convert(target, signature.Method.DeclaringType!), signature.Method, values);
    }

    private static Expression Read(HandlerParameter parameter, Expression context) => parameter.Source switch
    {
        ParameterSource.Argument => Helper(nameof(HandlerArguments.Get), parameter.Type, context, parameter),
        ParameterSource.RestAsArray => Helper(nameof(HandlerArguments.Rest), parameter.Type.GetElementType()!, context, parameter),
        ParameterSource.Rest => Expression.Call(context, nameof(EventContext.RestFrom), null, Expression.Constant(parameter.Index)),
        ParameterSource.Service => Helper(nameof(HandlerArguments.Service), parameter.Type, context, parameter),
        ParameterSource.Socket => Expression.Property(context, nameof(EventContext.Socket)),
        ParameterSource.TypedSocket => Typed(parameter.Type, Expression.Property(context, nameof(EventContext.Socket))),
        ParameterSource.Context => context,
        ParameterSource.Namespace => Expression.Property(context, nameof(EventContext.Namespace)),
        ParameterSource.TypedNamespace => Typed(parameter.Type, Expression.Property(context, nameof(EventContext.Namespace))),
        ParameterSource.Server => Expression.Property(Expression.Property(context, nameof(EventContext.Namespace)), nameof(Namespace.Server)),
        ParameterSource.User => Expression.Property(Expression.Property(context, nameof(EventContext.Socket)), nameof(Socket.User)),
        ParameterSource.Cancellation => Expression.Property(context, nameof(EventContext.CancellationToken)),
        ParameterSource.Reason => Expression.Property(context, nameof(EventContext.Reason)),
        _ => throw new NotSupportedException(parameter.Source.ToString()),
    };

    private static NewExpression Typed(Type view, Expression untyped) =>
        Expression.New(view.GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [untyped.Type])!, untyped);

    private static Expression Answered(HandlerResult result, Expression call, Expression context, bool answers) => result.Form switch
    {
        ResultForm.ValueTask => call,
        ResultForm.Task => Expression.New(OfTask, call),
        ResultForm.Nothing => Expression.Block(call, Expression.Default(typeof(ValueTask))),
        ResultForm.Value when !answers => Expression.Block(call, Expression.Default(typeof(ValueTask))),
        ResultForm.Value => Generic(nameof(HandlerArguments.Answer), result.Value!, context, call),
        ResultForm.TaskOfValue when !answers => Expression.New(OfTask, call),
        ResultForm.TaskOfValue => Generic(nameof(HandlerArguments.AnswerTaskAsync), result.Value!, context, call),
        ResultForm.ValueTaskOfValue when !answers => Generic(nameof(HandlerArguments.IgnoreAsync), result.Value!, call),
        _ => Generic(nameof(HandlerArguments.AnswerAsync), result.Value!, context, call),
    };

    private static Expression Boxed(HandlerResult result, Expression call) => result.Form switch
    {
        ResultForm.Nothing => Expression.Block(call, Expression.Default(typeof(ValueTask<object?>))),
        ResultForm.Value => Expression.New(OfValue, Expression.Convert(call, typeof(object))),
        ResultForm.Task => Expression.Call(typeof(HandlerArguments), nameof(HandlerArguments.BoxNothingAsync), null, Expression.New(OfTask, call)),
        ResultForm.ValueTask => Expression.Call(typeof(HandlerArguments), nameof(HandlerArguments.BoxNothingAsync), null, call),
        ResultForm.TaskOfValue => Generic(nameof(HandlerArguments.BoxTaskAsync), result.Value!, call),
        _ => Generic(nameof(HandlerArguments.BoxAsync), result.Value!, call),
    };

    private static MethodCallExpression Helper(string name, Type type, Expression context, HandlerParameter parameter) =>
        Generic(name, type, context, Expression.Constant(parameter));

    private static MethodCallExpression Generic(string name, Type type, params Expression[] arguments) =>
        Expression.Call(typeof(HandlerArguments), name, [type], arguments);
}
