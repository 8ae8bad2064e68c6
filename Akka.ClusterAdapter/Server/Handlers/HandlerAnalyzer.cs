using System.Reflection;
using System.Security.Claims;
using Akka.ClusterAdapter.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>
/// Finds out what a handler asks for, by the rules of minimal APIs: the arguments of the event by their place, and between them whatever no client can
/// send (docs/decisions/0073). What cannot work is refused here, when the handler is registered.
/// </summary>
/// <param name="services">The application's services; null without.</param>
/// <param name="parser">What reads the arguments and writes the results.</param>
internal sealed class HandlerAnalyzer(IServiceProvider? services, IPacketParser parser)
{
    private static readonly Type[] HttpTypes = [typeof(HttpContext), typeof(HttpRequest), typeof(HttpResponse)];

    private readonly IServiceProviderIsService? _services = services?.GetService(typeof(IServiceProviderIsService)) as IServiceProviderIsService;
    private readonly JsonTypes _json = new(parser);

    /// <summary>A handler that is a delegate.</summary>
    /// <param name="handler">The delegate.</param>
    /// <param name="method">Its method.</param>
    /// <param name="site">What calls it.</param>
    /// <param name="what">The handler, for messages.</param>
    /// <exception cref="InvalidOperationException">It cannot work.</exception>
    public HandlerSignature Analyze(Delegate handler, MethodInfo method, HandlerSite site, string what)
    {
        var type = handler.GetType();
        if (handler.GetInvocationList().Length > 1 || handler.Target is Delegate)
            throw new InvalidOperationException($"{what} is {(handler.Target is Delegate ? "a delegate around another" : "made of several delegates")}: "
                + "its attributes would be overlooked. Register each method itself.");
        var invoke = type.GetMethod("Invoke")!;
        var types = Array.ConvertAll(invoke.GetParameters(), static parameter => parameter.ParameterType);
        var declared = method.GetParameters();
        // A method that is bound to its first argument, as an extension method may be, or one that was compiled at run time.
        var infos = declared.Length > types.Length ? declared[^types.Length..] : declared;
        return Analyze(what, method, type, infos, types, site);
    }

    /// <summary>A method of a handler class.</summary>
    /// <exception cref="InvalidOperationException">It cannot work.</exception>
    public HandlerSignature Analyze(MethodInfo method, string what)
    {
        var infos = method.GetParameters();
        return Analyze(what, method, null, infos, Array.ConvertAll(infos, static info => info.ParameterType), HandlerSite.Event);
    }

    private HandlerSignature Analyze(string what, MethodInfo method, Type? delegateType, ParameterInfo[] infos, Type[] types, HandlerSite site)
    {
        var result = HandlerResult.Of(method, delegateType?.GetMethod("Invoke")!.ReturnType ?? method.ReturnType, out var why)
            ?? throw new InvalidOperationException($"{what} {why}");
        if (site is HandlerSite.Event or HandlerSite.ServerSide && result.Value is { } value && _json.EmptyTuple(value) is { } tuple)
            throw new InvalidOperationException(
                $"{what} returns {TypeNames.Of(value)}, and JSON writes {TypeNames.Of(tuple)} without its values. Let it return a record.");
        var parameters = new HandlerParameter[infos.Length];
        var (taken, rest) = (0, (ParameterInfo?)null);
        for (var i = 0; i < infos.Length; i++)
        {
            var parameter = parameters[i] = Analyze(what, infos[i], types[i], site, taken);
            if (parameter.Source is not (ParameterSource.Argument or ParameterSource.Rest or ParameterSource.RestAsArray))
                continue;
            if (rest is not null)
                throw Refuse(what, infos[i], types[i], $"comes after {rest.Name}, which takes all arguments that are left. Put it in front of it.");
            taken++;
            if (parameter.Source != ParameterSource.Argument)
                rest = infos[i];
        }

        return new(what, method, delegateType, parameters, result);
    }

    private HandlerParameter Analyze(string what, ParameterInfo info, Type type, HandlerSite site, int index)
    {
        CheckForm(what, info, type);
        if (info.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
            return Service(what, info, type, keyed.Key, isKeyed: true);
        if (info.GetCustomAttributes().Any(static attribute => attribute is IFromServiceMetadata))
            return Service(what, info, type, null, isKeyed: false);
        if (Special(type) is { } special)
            return CheckSpecial(what, new(info, type, special), info, site);
        if (IsService(type))
            return Service(what, info, type, null, isKeyed: false);
        CheckArgument(what, info, type, site);
        if (type == typeof(PacketArguments))
        {
            if (info.GetCustomAttributes<System.ComponentModel.DataAnnotations.ValidationAttribute>().FirstOrDefault() is { } unheeded)
                throw Refuse(what, info, type, $"and {unheeded.GetType().Name} cannot look at arguments that are not converted. Check them in the handler.");
            return new(info, type, ParameterSource.Rest, index);
        }

        var isRest = info.IsDefined(typeof(ParamArrayAttribute)) && type.IsArray;
        return new(info, type, isRest ? ParameterSource.RestAsArray : ParameterSource.Argument, index) { Validation = ArgumentValidation.Of(info, type) };
    }

    private static ParameterSource? Special(Type type) => type switch
    {
        _ when type == typeof(Socket) => ParameterSource.Socket,
        { IsConstructedGenericType: true } when type.GetGenericTypeDefinition() == typeof(Socket<>) => ParameterSource.TypedSocket,
        { IsConstructedGenericType: true } when type.GetGenericTypeDefinition() == typeof(Namespace<>) => ParameterSource.TypedNamespace,
        _ when type == typeof(EventContext) => ParameterSource.Context,
        _ when type == typeof(Namespace) => ParameterSource.Namespace,
        _ when type == typeof(SocketIOServer) => ParameterSource.Server,
        _ when type == typeof(ClaimsPrincipal) => ParameterSource.User,
        _ when type == typeof(CancellationToken) => ParameterSource.Cancellation,
        _ when type == typeof(DisconnectReason) => ParameterSource.Reason,
        _ => null,
    };

    private static HandlerParameter CheckSpecial(string what, HandlerParameter parameter, ParameterInfo info, HandlerSite site)
    {
        var source = parameter.Source;
        if (site == HandlerSite.ServerSide && source is ParameterSource.Socket or ParameterSource.TypedSocket or ParameterSource.User)
            throw Refuse(
                what, info, parameter.Type,
                "which an event of another worker does not have: no client sent it. Let the sender put into the arguments whom it is about.");
        if (site is HandlerSite.Connection or HandlerSite.Disconnect && source == ParameterSource.Context)
            throw Refuse(what, info, parameter.Type, "but there is no event here. Ask for Socket: what its client told when it connected is socket.Handshake.");
        if (site != HandlerSite.Disconnect && source == ParameterSource.Reason)
            throw Refuse(what, info, parameter.Type, "which only disconnect handlers get.");
        return parameter;
    }

    private static void CheckForm(string what, ParameterInfo info, Type type)
    {
        if (type.IsByRef || type.IsPointer || type.IsFunctionPointer)
            throw Refuse(what, info, type, "by reference, which no event can give. Take it by value.");
        if (type.IsByRefLike)
            throw Refuse(what, info, type, "which cannot be kept. Take an array, or ReadOnlyMemory<T>.");
    }

    private void CheckArgument(string what, ParameterInfo info, Type type, HandlerSite site)
    {
        if (Array.Exists(HttpTypes, http => http.IsAssignableFrom(type)))
            throw Refuse(what, info, type, "but the request is over once the client is connected. What it said is socket.Handshake.");
        if (type.Assembly == typeof(HandlerAnalyzer).Assembly && type != typeof(PacketArgument) && type != typeof(PacketArguments))
            throw Refuse(what, info, type, "which no client can send. Socket, EventContext, Namespace and SocketIOServer are what a handler gets from here.");
        if (typeof(Delegate).IsAssignableFrom(type))
            throw Refuse(what, info, type, "which no client can send. To acknowledge, return a value, or ask for EventContext and call AckAsync.");
        if (site is HandlerSite.Connection or HandlerSite.Disconnect)
            throw Refuse(
                what, info, type,
                "which is no service of the application, and there are no arguments here. What the client told when it connected is socket.Handshake.");
        if (_json.Unreadable(type) is { } part)
            throw Refuse(what, info, type, (part == type ? "which " : $"and {TypeNames.Of(part)} ") + WhyUnreadable(part));
    }

    private string WhyUnreadable(Type type)
    {
        if (JsonTypes.IsTuple(type))
            return "JSON reads without its values. Take a record.";
        if (type.IsArray)
            return "has several dimensions, which JSON does not know. Take an array of arrays.";
        if (typeof(Stream).IsAssignableFrom(type))
            return "no client can send. Take byte[] or ReadOnlyMemory<byte>.";
        if (!type.IsAbstract || type == typeof(Type))
            return "no client can send. Take a value that JSON has, such as a number, a text or a record.";
        if (services is null)
            return "no client can send; it cannot be a service, for the server was made without services.";
        return type.IsInterface
            ? "is not registered as a service, and no client can send it. Register it in builder.Services."
            : "is abstract: it is not registered as a service, and no client can send it. "
                + "Register it in builder.Services, or say with [JsonDerivedType] what it may be.";
    }

    private HandlerParameter Service(string what, ParameterInfo info, Type type, object? key, bool isKeyed)
    {
        var parameter = new HandlerParameter(info, type, ParameterSource.Service) { Key = key, IsKeyed = isKeyed };
        if (services is null)
            throw Refuse(what, info, type, "a service, but the server was made without services: use AddSocketIO.");
        var isThere = isKeyed
            ? _services is not IServiceProviderIsKeyedService known || known.IsKeyedService(type, key)
            : _services is null || _services.IsService(type);
        if (!isThere && !parameter.HasDefault && !parameter.AllowsNull)
            throw Refuse(what, info, type, isKeyed
                ? $"a service with the key \"{key}\" that is not registered."
                : "a service that is not registered. Register it in builder.Services.");
        return parameter;
    }

    // Every IEnumerable<T> counts as a service, an empty one.
    private bool IsService(Type type) => _services is not null
        && (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>)
            ? _services.IsService(type.GetGenericArguments()[0])
            : _services.IsService(type));

    private static InvalidOperationException Refuse(string what, ParameterInfo info, Type type, string why) =>
        new($"{what} asks with its parameter {info.Name} for {TypeNames.Of(type)}, {why}");
}
