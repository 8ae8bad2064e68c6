using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Stands for a binary value in JSON that is still being worked on: an object whose one member has a name that nobody could have guessed, so that no
/// data passes for it. One marker for each body: the converters of an application may carry it into a text, and so to a client.
/// </summary>
internal sealed class BinaryMarker
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32));

    /// <summary>For JSON that is read into closed types at once and never seen by anybody.</summary>
    public static BinaryMarker OfReaders { get; } = new();

    public ReadOnlySpan<byte> Name => _name;

    public void Write(Utf8JsonWriter writer, int number)
    {
        writer.WriteStartObject();
        writer.WriteNumber(_name, number);
        writer.WriteEndObject();
    }

    /// <summary>True when the reader is at the member that makes an object a marker.</summary>
    public bool IsAt(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.PropertyName && reader.ValueSpan.SequenceEqual(_name);
}
