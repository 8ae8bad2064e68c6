namespace LoadClient.Measuring;

/// <summary>
/// Proves of each stream (one sender, one receiver) that every number has come once and in order. A number that is skipped counts as missing until it
/// comes, then as reordered; one that comes again is a duplicate.
/// </summary>
internal sealed class OrderCheck(int streams)
{
    private readonly int[] _next = new int[streams];
    private readonly HashSet<(int Stream, int Number)> _skipped = [];

    internal long Accepted { get; private set; }

    internal long Duplicates { get; private set; }

    internal long Reordered { get; private set; }

    /// <summary>Deliveries whose bytes were not those that had been sent.</summary>
    internal long Wrong { get; private set; }

    /// <summary>Takes a delivery; false when it should not be counted: damaged, or there already.</summary>
    internal bool Accept(int stream, int number, bool isRight)
    {
        if (!isRight || (uint)stream >= _next.Length || number < 0)
        {
            Wrong++;
            return false;
        }
        if (number == _next[stream])
            _next[stream]++;
        else if (!AcceptOutOfOrder(stream, number))
            return false;
        Accepted++;
        return true;
    }

    private bool AcceptOutOfOrder(int stream, int number)
    {
        if (number < _next[stream])
        {
            if (!_skipped.Remove((stream, number)))
            {
                Duplicates++;
                return false;
            }
            Reordered++;
            return true;
        }
        for (; _next[stream] < number; _next[stream]++)
            _skipped.Add((stream, _next[stream]));
        _next[stream]++;
        return true;
    }
}
