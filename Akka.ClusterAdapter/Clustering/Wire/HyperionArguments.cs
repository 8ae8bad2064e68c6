using System.Globalization;
using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Clustering.Wire;

/// <summary>Arguments that are still bytes of CLR values; each is made when somebody asks for it.</summary>
internal sealed class HyperionArguments(HyperionFormat format, string eventName, ReadOnlyMemory<byte>[] values, PacketBody body) : PacketArguments
{
    public override string EventName => eventName;

    public override int Count => values.Length;

    public override PacketBody Body => body;

    /// <summary>One value as it came; empty for null.</summary>
    public ReadOnlyMemory<byte> Raw(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, values.Length);
        return values[index];
    }

    public override bool IsNull(int index) => Raw(index).IsEmpty;

    public override T? Get<T>(int index)
        where T : default
    {
        if (typeof(T) == typeof(PacketArgument))
            return (T)(object)new PacketArgument(this, index);
        return Decode(Raw(index)) switch
        {
            T value => value,
            null when default(T) is null => default,
            IConvertible number when IsNumber(number.GetType()) && IsNumber(typeof(T)) => Widen<T>(number),
            var other => throw new JsonException($"Argument {index + 1} is {other?.GetType().ToString() ?? "null"}, not {typeof(T)}."),
        };
    }

    private static bool IsNumber(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    /// <summary>A number is a number, as it is in JSON, where it fits.</summary>
    private static T Widen<T>(IConvertible number)
    {
        try
        {
            var wide = (IConvertible)number.ToType(typeof(T), CultureInfo.InvariantCulture);
            return number.Equals(wide.ToType(number.GetType(), CultureInfo.InvariantCulture))
                ? (T)wide
                : throw new JsonException($"{number} is no {typeof(T)}.");
        }
        catch (OverflowException)
        {
            throw new JsonException($"{number} is no {typeof(T)}.");
        }
    }

    private object? Decode(ReadOnlyMemory<byte> value)
    {
        try
        {
            return format.Decode(value);
        }
        catch (ProtocolException unfit)
        {
            throw new JsonException(unfit.Message, unfit);
        }
    }
}
