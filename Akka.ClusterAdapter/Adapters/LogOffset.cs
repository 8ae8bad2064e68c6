using System.Buffers;
using System.Security.Cryptography;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// A position in a log as clients show it: which log, the number, and, where another worker keeps a copy of the log that may not have come so far, the
/// steps since then: how many of each worker's (docs/decisions/0094). At most <see cref="MostLength"/> characters, for it travels with every event.
/// </summary>
internal static class LogOffset
{
    public const int MostLength = 24;
    private const int EpochLength = 6;
    private const int MostPositionDigits = 8;
    private const char Separator = '.';
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static readonly SearchValues<char> Alphabet = SearchValues.Create(Digits);

    /// <summary>What the offsets of a new log begin with.</summary>
    public static string NewEpoch() => RandomNumberGenerator.GetString(Digits, EpochLength);

    /// <summary>The offset without steps: so it is compared.</summary>
    public static string Of(string epoch, long position)
    {
        Span<char> text = stackalloc char[MostLength];
        var at = MostPositionDigits;
        do
        {
            text[--at] = Digits[(int)(position & 63)];
            position >>= 6;
        }
        while (position > 0 && at > 0);

        return string.Concat(epoch, text[at..MostPositionDigits]);
    }

    /// <summary>The offset with its steps, or without them where they do not fit.</summary>
    /// <param name="offset">Without steps.</param>
    /// <param name="steps">Pairs of which worker's, and how many.</param>
    public static string With(string offset, ReadOnlySpan<(int Index, int Count)> steps)
    {
        Span<char> text = stackalloc char[MostLength];
        offset.CopyTo(text);
        var at = offset.Length;
        text[at++] = Separator;
        foreach (var (index, count) in steps)
        {
            if (!TryWrite(text, ref at, index) || !TryWrite(text, ref at, count))
                return offset;
        }

        return steps.IsEmpty ? offset : new string(text[..at]);
    }

    /// <summary>An offset without its steps, as it is compared.</summary>
    public static string? Bare(string? offset) => offset?.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var end ? offset[..end] : offset;

    /// <summary>The position an offset names; null when it is another log's, or no offset.</summary>
    /// <param name="offset">What a client shows.</param>
    /// <param name="epoch">Which log.</param>
    public static long? PositionOf(string? offset, string epoch)
    {
        if (Bare(offset) is not { } bare || !bare.StartsWith(epoch, StringComparison.Ordinal))
            return null;
        var digits = bare.AsSpan(epoch.Length);
        if (digits.IsEmpty || digits.Length > MostPositionDigits || digits.ContainsAnyExcept(Alphabet))
            return null;
        var position = 0L;
        foreach (var digit in digits)
            position = (position << 6) | (long)Digits.IndexOf(digit, StringComparison.Ordinal);
        return position > 0 ? position : null;
    }

    /// <summary>The steps of an offset; none for one that has none. False when they are malformed.</summary>
    public static bool TryReadSteps(string offset, out List<(int Index, int Count)> steps)
    {
        steps = [];
        var start = offset.IndexOf(Separator, StringComparison.Ordinal);
        if (start < 0)
            return true;
        if (offset.Length > MostLength)
            return false;
        for (var rest = offset.AsSpan(start + 1); !rest.IsEmpty;)
        {
            if (!TryRead(ref rest, out var index) || !TryRead(ref rest, out var count))
                return false;
            steps.Add((index, count));
        }

        return true;
    }

    // Five bits a character, the lowest first; the sixth says that there are more.
    private static bool TryWrite(Span<char> text, ref int at, int value)
    {
        do
        {
            if (at == text.Length)
                return false;
            text[at++] = Digits[value > 31 ? 32 | (value & 31) : value];
            value >>= 5;
        }
        while (value > 0);

        return true;
    }

    private static bool TryRead(ref ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        for (var shift = 0; shift <= 25 && !text.IsEmpty; shift += 5)
        {
            var digit = Digits.IndexOf(text[0], StringComparison.Ordinal);
            if (digit < 0)
                return false;
            text = text[1..];
            value |= (digit & 31) << shift;
            if (digit < 32)
                return true;
        }

        return false;
    }
}
