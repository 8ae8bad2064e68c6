using System.Buffers;
using System.Buffers.Text;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Binary inside a value that cannot hold bytes, a <see cref="System.Text.Json.JsonElement"/> for one: Base64 text, as usual in .NET, but spelled as
/// nobody else spells it, so that it is known for binary when the value is sent on. The bytes are in the text itself and nothing is referred to:
/// whoever forges the spelling gets bytes of his own (docs/decisions/0039).
/// </summary>
internal static class BinaryText
{
    private const int Escaped = 3;
    private const int EscapeLength = 6;

    // Quote, the first character, three escapes, then the rest as it is.
    private const int HeadLength = 1 + (Escaped * EscapeLength);

    // Base64 of nothing has no characters to escape; readers of Base64 pass over white space. (Lower and upper case: no encoder is of two minds.)
    private static ReadOnlySpan<byte> Nothing => "\\u000a\\u000D"u8;

    private static ReadOnlySpan<byte> Unicode => "\\u00"u8;

    private static ReadOnlySpan<byte> UpperHex => "0123456789ABCDEF"u8;

    private static ReadOnlySpan<byte> LowerHex => "0123456789abcdef"u8;

    /// <summary>False when there is none in the JSON for certain.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> json) => json.IndexOf(Unicode) >= 0;

    /// <summary>Bytes that <see cref="Write"/> adds for so many.</summary>
    public static int LengthOf(int bytes) => bytes == 0 ? Nothing.Length + 2 : Base64.GetMaxEncodedToUtf8Length(bytes) + (Escaped * (EscapeLength - 1)) + 2;

    /// <summary>Writes the text with its quotes.</summary>
    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> bytes)
    {
        var length = LengthOf(bytes.Length);
        var text = target.GetSpan(length);
        (text[0], text[length - 1]) = ((byte)'"', (byte)'"');
        if (bytes.IsEmpty)
        {
            Nothing.CopyTo(text[1..]);
        }
        else
        {
            // Where the fifth character is to be, what follows it already lies right. "A\u0051\u0049\u0044BA=="
            Base64.EncodeToUtf8(bytes, text[(HeadLength - Escaped)..], out _, out _);
            var (second, third, fourth) = (text[HeadLength - 2], text[HeadLength - 1], text[HeadLength]);
            text[1] = text[HeadLength - Escaped];
            Escape(text[2..], 0, second);
            Escape(text[(2 + EscapeLength)..], 1, third);
            Escape(text[(2 + (2 * EscapeLength))..], 2, fourth);
        }

        target.Advance(length);
    }

    /// <summary>The Base64 that a text between its quotes stands for, its first four characters apart; false for any other text.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> text, Span<byte> first, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (text.Length < HeadLength)
            return false;
        first[0] = text[0];
        for (var i = 0; i < Escaped; i++)
        {
            if (!TryUnescape(text.Slice(1 + (i * EscapeLength), EscapeLength), i, out first[i + 1]))
                return false;
        }

        rest = text[HeadLength..];
        return rest.Length % 4 == 0 && rest.IndexOfAny((byte)' ', (byte)'\\') < 0
            && !first.ContainsAnyInRange((byte)0, (byte)' ') && Base64.IsValid(first) && Base64.IsValid(rest)
            && (rest.IsEmpty || !first.Contains((byte)'='));
    }

    /// <summary>True for the text, between its quotes, of an empty value.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> text) => text.SequenceEqual(Nothing);

    /// <summary>The bytes of a text between its quotes; false for any other text.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        if (IsEmpty(text))
            return true;
        Span<byte> first = stackalloc byte[4];
        if (!TrySplit(text, first, out var rest))
            return false;
        Span<byte> head = stackalloc byte[3];
        Base64.DecodeFromUtf8(first, head, out _, out var length);
        bytes = new byte[length + DecodedLength(rest)];
        head[..length].CopyTo(bytes);
        Base64.DecodeFromUtf8(rest, bytes.AsSpan(length), out _, out _);
        return true;
    }

    private static int DecodedLength(ReadOnlySpan<byte> base64) => base64 switch
    {
        [.., (byte)'=', (byte)'='] => (base64.Length / 4 * 3) - 2,
        [.., (byte)'='] => (base64.Length / 4 * 3) - 1,
        _ => base64.Length / 4 * 3,
    };

    private static void Escape(Span<byte> target, int position, byte character)
    {
        var digits = position == 1 ? LowerHex : UpperHex;
        Unicode.CopyTo(target);
        (target[4], target[5]) = (digits[character >> 4], digits[character & 0xF]);
    }

    private static bool TryUnescape(ReadOnlySpan<byte> escape, int position, out byte character)
    {
        var digits = position == 1 ? LowerHex : UpperHex;
        var (high, low) = (digits.IndexOf(escape[4]), digits.IndexOf(escape[5]));
        character = (byte)((high << 4) | low);
        return high >= 0 && low >= 0 && escape.StartsWith(Unicode);
    }
}
