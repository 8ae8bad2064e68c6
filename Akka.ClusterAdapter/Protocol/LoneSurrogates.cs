using System.Buffers.Text;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// Halves of surrogate pairs in a client's text: a string that was cut within an emoji is one. JavaScript writes them to JSON as escapes and reads them back;
/// here, and in UTF-8 as such, there is nothing they could be. U+FFFD takes their place, which needs as many bytes in either encoding.
/// </summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6;

    /// <summary>The JSON with <c>\ufffd</c> in place of each escaped half; null when there is none.</summary>
    public static byte[]? Mend(ReadOnlySpan<byte> json)
    {
        byte[]? mended = null;
        for (var at = Next(json, 0); at < json.Length; at = Next(json, at))
        {
            var code = EscapedCode(json[at..]);
            if (code is < 0xD800 or > 0xDFFF)
            {
                at += 2; // hex digits are no backslashes, they may stay
                continue;
            }

            var isPair = code < 0xDC00 && EscapedCode(json[(at + EscapeLength)..]) is >= 0xDC00 and <= 0xDFFF;
            if (!isPair)
                "\\ufffd"u8.CopyTo((mended ??= json.ToArray()).AsSpan(at));
            at += isPair ? 2 * EscapeLength : EscapeLength;
        }

        return mended;
    }

    /// <summary>Puts U+FFFD in place of each half that was written as if it were a character (<c>ed a0 80</c>).</summary>
    public static void MendUtf8(Span<byte> text)
    {
        for (var i = 0; i + 2 < text.Length; i++)
        {
            if (text[i] != 0xED || text[i + 1] is < 0xA0 or > 0xBF || text[i + 2] is < 0x80 or > 0xBF)
                continue;
            "\uFFFD"u8.CopyTo(text[i..]);
            i += 2;
        }
    }

    private static int Next(ReadOnlySpan<byte> json, int from)
    {
        if (from >= json.Length)
            return json.Length;
        var offset = json[from..].IndexOf((byte)'\\');
        return offset < 0 ? json.Length : from + offset;
    }

    /// <summary>The UTF-16 code of <c>\uXXXX</c> at the start; 0 for anything else.</summary>
    private static int EscapedCode(ReadOnlySpan<byte> text)
    {
        var isCode = text.Length >= EscapeLength && text[0] == '\\' && text[1] == 'u';
        return isCode && Utf8Parser.TryParse(text.Slice(2, 4), out int code, out var used, 'x') && used == 4 ? code : 0;
    }
}
