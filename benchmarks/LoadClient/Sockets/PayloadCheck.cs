namespace LoadClient.Sockets;

/// <summary>Reads a delivered payload, whole or piece by piece: its number, and whether every byte of it is what was sent.</summary>
internal struct PayloadCheck
{
    private const int Digits = 10;
    private const int HeadLimit = 64;

    private readonly bool _text;
    private int _fillerLeft;
    private bool _ended;
    private bool _wrong;

    /// <summary>Starts with the beginning of a message: an event packet's text, or the bytes of an attachment.</summary>
    internal PayloadCheck(ReadOnlySpan<byte> message, bool text, int size)
    {
        _text = text;
        _fillerLeft = Math.Max(0, size - Digits - 1);
        var start = message[..Math.Min(HeadLimit, message.Length)].IndexOf((byte)'#');
        if (start < 0 || message.Length < start + 1 + Digits)
        {
            Sequence = -1;
            _wrong = true;
            return;
        }
        foreach (var digit in message.Slice(start + 1, Digits))
        {
            _wrong |= !char.IsAsciiDigit((char)digit);
            Sequence = (Sequence * 10) + (digit - '0');
        }
        Continue(message[(start + 1 + Digits)..]);
    }

    /// <summary>The number in the payload.</summary>
    internal int Sequence { get; private set; }

    /// <summary>Whether the payload that has been read is complete and unchanged.</summary>
    internal readonly bool IsRight => !_wrong && _fillerLeft == 0 && (_ended || !_text);

    internal void Continue(ReadOnlySpan<byte> part)
    {
        var filler = Math.Min(_fillerLeft, part.Length);
        _wrong |= part[..filler].ContainsAnyExcept((byte)'x');
        _fillerLeft -= filler;
        if (filler == part.Length || _ended)
            return;
        // Behind a string's last character its quote, behind an attachment nothing.
        _wrong |= !_text || part[filler] != '"';
        _ended = true;
    }
}
