using System.Text.Json;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Testing;

/// <summary>An event that the server has sent to a client of a test.</summary>
public sealed class ReceivedEvent
{
    private const int LongestText = 120;

    internal ReceivedEvent(PacketArguments arguments, bool wantsAck)
    {
        Arguments = arguments;
        WantsAck = wantsAck;
    }

    /// <summary>Its name.</summary>
    public string Name => Arguments.EventName;

    /// <summary>Its arguments, the name not counted. With connection state recovery the last one of a broadcast is its offset.</summary>
    public PacketArguments Arguments { get; }

    /// <summary>True when the server waits for an acknowledgement.</summary>
    public bool WantsAck { get; }

    /// <summary>One argument.</summary>
    /// <param name="index">0 is the first one.</param>
    /// <exception cref="InvalidOperationException">There are fewer arguments; the message shows the event.</exception>
    /// <exception cref="JsonException">The argument does not fit the type.</exception>
    public T Get<T>(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (index >= Arguments.Count)
            throw new InvalidOperationException($"{this} has {Arguments.Count} arguments; number {index + 1} was asked for.");
        return Arguments.Get<T>(index)!;
    }

    /// <summary>The event as a line, such as <c>"said" ("Ada", 2, &lt;3 bytes&gt;)</c>. Long arguments are cut.</summary>
    public override string ToString() => $"\"{Name}\" ({string.Join(", ", Enumerable.Range(0, Arguments.Count).Select(Describe))})";

    private string Describe(int index)
    {
        var value = Arguments.Get<JsonElement>(index);
        if (PacketBinary.TryGet(value, out var bytes))
            return $"<{bytes.Length} bytes>";
        var text = value.ValueKind == JsonValueKind.Undefined ? "null" : value.GetRawText();
        return text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "…");
    }
}
