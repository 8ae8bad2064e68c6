namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Arguments of one packet: validated when they were decoded, converted to CLR types when somebody asks. Immutable, safe to keep and to share.
/// </summary>
public abstract class PacketArguments
{
    /// <summary>The event's name; a number on the wire is given as its text. Empty for packets that are not events.</summary>
    public abstract string EventName { get; }

    /// <summary>How many arguments there are, the event's name not counted.</summary>
    public abstract int Count { get; }

    /// <summary>The encoded form of the whole, name included.</summary>
    public abstract PacketBody Body { get; }

    /// <summary>Converts one argument, binary values inside it included.</summary>
    /// <param name="index">0 is the first argument after the event's name.</param>
    /// <remarks>
    /// In values without a type of their own (<c>object</c>, <c>JsonElement</c>, <c>JsonNode</c>, dictionaries of them) binary is Base64 text, as
    /// usual in .NET: <c>GetBytesFromBase64()</c>. Sent on, it is binary again. What another serializer makes of such a value is text.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="System.Text.Json.JsonException">The argument does not fit the type; the same for every parser.</exception>
    public abstract T? Get<T>(int index);

    /// <summary>True when the argument is null (or undefined, where the parser knows that).</summary>
    public abstract bool IsNull(int index);
}
