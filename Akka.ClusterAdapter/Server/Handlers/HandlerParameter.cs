using System.Reflection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>Where the value of a handler's parameter comes from.</summary>
internal enum ParameterSource
{
    /// <summary>One argument of the event.</summary>
    Argument,

    /// <summary>All arguments from here on, converted each.</summary>
    RestAsArray,

    /// <summary>All arguments from here on, as they are.</summary>
    Rest,
    Socket,

    /// <summary>The socket, spoken to through a contract.</summary>
    TypedSocket,
    Context,
    Namespace,

    /// <summary>The namespace, spoken to through a contract.</summary>
    TypedNamespace,
    Server,
    User,
    Cancellation,
    Reason,

    /// <summary>The application's services, perhaps by a key.</summary>
    Service,
}

/// <summary>One parameter of a handler, analysed once.</summary>
internal sealed class HandlerParameter
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <param name="info">The parameter, with its name, default and attributes.</param>
    /// <param name="type">Its type: that of the delegate, which may be another than the method's.</param>
    /// <param name="source">Where its value comes from.</param>
    /// <param name="index">Of an argument: its place among the event's arguments.</param>
    public HandlerParameter(ParameterInfo info, Type type, ParameterSource source, int index = 0)
    {
        (Name, Type, Source, Index) = (info.Name ?? $"{info.Position}", type, source, index);
        HasDefault = info.HasDefaultValue;
        Default = HasDefault ? DefaultOf(info, type) : null;
        AllowsNull = Allows(info, type);
    }

    public string Name { get; }

    public Type Type { get; }

    public ParameterSource Source { get; }

    /// <summary>Of an argument: its place among the event's arguments, 0 for the first.</summary>
    public int Index { get; }

    /// <summary>Of a keyed service.</summary>
    public object? Key { get; init; }

    public bool IsKeyed { get; init; }

    public bool HasDefault { get; }

    public object? Default { get; }

    /// <summary>True when the value may be missing or null: declared nullable. Of a rest: its elements.</summary>
    public bool AllowsNull { get; }

    /// <summary>What the value must keep to; null for nothing.</summary>
    public ArgumentValidation? Validation { get; init; }

    // Reflection gives null for the default of a structure, and the number of an enumeration's value when its type is nullable.
    private static object? DefaultOf(ParameterInfo info, Type type)
    {
        var value = info.DefaultValue;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null)
            return type.IsValueType && plain == type ? Activator.CreateInstance(type) : null;
        return plain.IsEnum && value.GetType() != plain ? Enum.ToObject(plain, value) : value;
    }

    private static bool Allows(ParameterInfo info, Type type)
    {
        if (type.IsValueType)
            return Nullable.GetUnderlyingType(type) is not null;
        NullabilityInfo nullability;
        lock (Nullability)
            nullability = Nullability.Create(info);
        if (info.IsDefined(typeof(ParamArrayAttribute)) && nullability.ElementType is { } element)
            return element.Type.IsValueType ? Nullable.GetUnderlyingType(element.Type) is not null : element.WriteState != NullabilityState.NotNull;
        return nullability.WriteState != NullabilityState.NotNull;
    }
}
