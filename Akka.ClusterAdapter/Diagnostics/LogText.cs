using System.Globalization;
using System.Text;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>Text that others may have chosen, made fit for a log: short, and without characters that a terminal obeys.</summary>
internal static class LogText
{
    /// <summary>Most characters of one value.</summary>
    public const int MostOfValue = 256;

    /// <summary>Most characters of a whole line.</summary>
    public const int MostOfLine = 2_048;

    /// <summary>Most characters of an exception with its stack trace.</summary>
    public const int MostOfException = 8_192;

    /// <summary>
    /// The text, with control characters, line separators, marks that change the direction and lone surrogates written as \uXXXX,
    /// and cut to <paramref name="most"/> characters.
    /// </summary>
    public static string Clean(string text, int most = MostOfValue, bool mayBreak = false)
    {
        var end = text.Length > most ? Cut(text, most) : text.Length;
        var bad = FirstBad(text.AsSpan(0, end), mayBreak);
        if (bad < 0 && end == text.Length)
            return text;

        var clean = new StringBuilder(Math.Min(end, most) + 32);
        for (var i = 0; i < end && clean.Length < most; i++)
        {
            if (IsBad(text.AsSpan(0, end), i, mayBreak))
                clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}");
            else
                clean.Append(text[i]);
        }

        if (end < text.Length)
            clean.Append(CultureInfo.InvariantCulture, $"… ({text.Length} characters)");
        return clean.ToString();
    }

    /// <summary>Whether <see cref="Clean"/> would return the text as it is.</summary>
    public static bool IsClean(string text, int most = MostOfValue, bool mayBreak = false) => text.Length <= most && FirstBad(text, mayBreak) < 0;

    private static int Cut(string text, int most) => char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;

    private static int FirstBad(ReadOnlySpan<char> text, bool mayBreak)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsBad(text, i, mayBreak))
                return i;
        }

        return -1;
    }

    private static bool IsBad(ReadOnlySpan<char> text, int at, bool mayBreak)
    {
        var c = text[at];
        if (c is >= ' ' and < '\u007F')
            return false;
        if (c is '\r' or '\n' or '\t')
            return !mayBreak;
        if (char.IsHighSurrogate(c))
            return at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1]);
        if (char.IsLowSurrogate(c))
            return at == 0 || !char.IsHighSurrogate(text[at - 1]);
        return char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
    }
}
