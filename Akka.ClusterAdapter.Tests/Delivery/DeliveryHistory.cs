namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>
/// Everything that was broadcast to everybody and everything that each socket got. Finds what came twice, what came in another order than its source
/// sent it, and what is missing although nothing allows it. Thread-safe.
/// </summary>
internal sealed class DeliveryHistory(TimeProvider time)
{
    private const int MostTold = 20;

    /// <summary>What was sent so shortly before a connection ended may have been on its way.</summary>
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(1);

    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly List<SocketLog> _sockets = [];
    private readonly List<SourceLog> _sources = [];
    private readonly List<AllowedLoss> _allowed = [];

    /// <summary>Time since the history began.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Messages that were sent.</summary>
    public int Sent => Sources().Sum(source => source.Count);

    /// <summary>Messages that sockets got, all together.</summary>
    public int Received => Sockets().Sum(socket => socket.Count);

    /// <summary>A socket has joined: what is sent from now on is owed to it.</summary>
    public SocketLog Join(int worker)
    {
        lock (_gate)
        {
            var socket = new SocketLog(_sockets.Count + 1, worker, Now);
            _sockets.Add(socket);
            return socket;
        }
    }

    /// <summary>Somebody begins to send through a worker. Each has an order of its own.</summary>
    public SourceLog Begin(int worker)
    {
        lock (_gate)
        {
            var source = new SourceLog($"{worker}.{_sources.Count + 1}", worker, () => Now);
            _sources.Add(source);
            return source;
        }
    }

    /// <summary>What may be missing.</summary>
    public void Allow(AllowedLoss loss)
    {
        lock (_gate)
            _allowed.Add(loss);
    }

    /// <summary>What is wrong, in sentences; the first twenty.</summary>
    public string[] Violations() => [.. Misplaced().Concat(Losses()).Take(MostTold)];

    /// <summary>What is missing, in sentences.</summary>
    public IEnumerable<string> Losses()
    {
        var sockets = Sockets();
        foreach (var source in Sources())
        {
            var got = sockets.Select(socket => socket.NumbersOf(source.Name)).ToArray();
            var gotByAny = got.SelectMany(numbers => numbers).ToHashSet();
            for (var i = 0; i < sockets.Length; i++)
            {
                foreach (var hole in Holes(source, sockets[i], got[i], gotByAny))
                    yield return hole;
            }
        }
    }

    private IEnumerable<string> Misplaced() => Sockets().SelectMany(socket => socket.Misplaced());

    private IEnumerable<string> Holes(SourceLog source, SocketLog socket, HashSet<int> got, HashSet<int> gotByAny)
    {
        var times = source.Times();
        var first = -1;
        for (var number = 0; number <= times.Length; number++)
        {
            var isMissing = number < times.Length && !got.Contains(number) && IsOwed(source, socket, times[number], gotByAny.Contains(number));
            if (isMissing && first < 0)
                first = number;
            if (isMissing || first < 0)
                continue;
            yield return $"socket {socket.Number} on worker {socket.Worker} misses {source.Name}/{first} to {number - 1}, "
                + $"sent at {times[first].TotalSeconds:0.000} to {times[number - 1].TotalSeconds:0.000} s";
            first = -1;
        }
    }

    private bool IsOwed(SourceLog source, SocketLog socket, TimeSpan sentAt, bool wasTaken)
    {
        if (sentAt <= socket.Joined || sentAt >= socket.Ended - OnItsWay)
            return false;
        // What nobody got was never taken by the source's worker, if that connection has ended.
        if (!wasTaken && sentAt >= source.Ended - OnItsWay)
            return false;
        lock (_gate)
            return !_allowed.Exists(loss => loss.Covers(source.Worker, socket.Worker, sentAt));
    }

    private SocketLog[] Sockets()
    {
        lock (_gate)
            return [.. _sockets];
    }

    private SourceLog[] Sources()
    {
        lock (_gate)
            return [.. _sources];
    }
}
