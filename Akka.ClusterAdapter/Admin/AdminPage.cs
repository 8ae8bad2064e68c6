using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// One open page. What happens waits for it here, bounded in number and bytes, until its connection takes it; what does not find room is left out and
/// counted. So a slow page costs this much and no more, and nobody else waits for it. Thread-safe.
/// </summary>
/// <param name="socket">The page's socket.</param>
/// <param name="who">Who has opened it, for the log.</param>
internal sealed class AdminPage(Socket socket, string who)
{
    /// <summary>Most messages that wait.</summary>
    public const int Most = 2_000;

    /// <summary>Most bytes that wait.</summary>
    public const int MostBytes = 2_000_000;

    private const int MostAtOnce = 256;
    private const int MostBytesAtOnce = 256_000;

    private readonly Lock _gate = new();
    private readonly Queue<AdminMessage> _waiting = new();
    private readonly Dictionary<string, AdminMessage> _stats = new(StringComparer.Ordinal);
    private readonly Queue<ReadOnlyMemory<byte>> _sockets = new();
    private AdminMessage? _first;
    private bool _knowsSockets;
    private long _bytes;
    private long _leftOut;
    private long _toldLeftOut;

    public Socket Socket => socket;

    public string Who => who;

    /// <summary>How many messages were left out since it was opened.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>How many messages wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Sends what belongs to the page alone, at once.</summary>
    public void Send(AdminMessage message) => socket.Connection.TrySend(message.For(socket.Namespace));

    /// <summary>The latest numbers of a worker; earlier ones that wait are of no use.</summary>
    public void SetStats(string serverId, AdminMessage stats)
    {
        lock (_gate)
            _stats[serverId] = stats;
    }

    /// <summary>Something has happened. It waits until the page knows of all sockets.</summary>
    public void Offer(AdminMessage message)
    {
        lock (_gate)
        {
            if (_waiting.Count < Most && _bytes + message.Size <= MostBytes)
            {
                _waiting.Enqueue(message);
                _bytes += message.Size;
                return;
            }
        }

        Lose(1);
    }

    /// <summary>Messages were left out before they came here.</summary>
    public void Lose(long count) => Interlocked.Add(ref _leftOut, count);

    /// <summary>Shows all sockets: the page forgets those that it knew. As many as may be sent at once in one message, the rest one by one.</summary>
    public void Show(IReadOnlyList<ReadOnlyMemory<byte>> sockets)
    {
        var count = 0;
        for (var bytes = 0; count < sockets.Count && bytes + sockets[count].Length <= MostBytesAtOnce; count++)
            bytes += sockets[count].Length;
        var first = new AdminMessage("all_sockets", AdminJson.Of(sockets.Take(count), static (json, sockets) =>
        {
            json.WriteStartArray();
            json.WriteStartArray();
            foreach (var socket in sockets)
                json.WriteRawValue(socket.Span, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndArray();
        }));
        lock (_gate)
        {
            _first = first;
            _sockets.Clear();
            foreach (var socket in sockets.Skip(count))
                _sockets.Enqueue(socket);
            _knowsSockets = true;
        }
    }

    /// <summary>Whether messages were left out since this was asked before, and all others have been sent: what the page shows is not what is.</summary>
    public bool TakeLoss(out long leftOut)
    {
        lock (_gate)
        {
            leftOut = LeftOut - _toldLeftOut;
            if (leftOut == 0 || !_knowsSockets || _waiting.Count > 0)
                return false;
            _toldLeftOut += leftOut;
            return true;
        }
    }

    /// <summary>Sends what waits, as much as goes at once, when all that was sent before has left.</summary>
    public void Pump()
    {
        if (!socket.Connected || !socket.Connection.IsWritable)
            return;
        var options = socket.Namespace.Server.Options;
        var (messages, bytes) = (Math.Min(MostAtOnce, options.MaxOutboundPackets / 2), (long)Math.Min(MostBytesAtOnce, options.MaxOutboundBytes / 2));
        // The first one goes whatever its size.
        for (var isFirst = true; (isFirst || messages > 0) && Next(isFirst ? long.MaxValue : bytes) is { } message; isFirst = false)
        {
            if (!socket.Connection.TrySend(message.For(socket.Namespace)))
                return;
            messages--;
            bytes -= message.Size;
        }
    }

    private AdminMessage? Next(long mostBytes)
    {
        lock (_gate)
        {
            if (_stats.Count > 0)
            {
                var (serverId, stats) = _stats.First();
                _stats.Remove(serverId);
                return stats;
            }

            if (!_knowsSockets)
                return null;
            if (_first is { } first)
            {
                if (first.Size > mostBytes)
                    return null;
                _first = null;
                return first;
            }

            if (_sockets.TryPeek(out var socket))
                return socket.Length <= mostBytes ? Connected(_sockets.Dequeue()) : null;
            if (!_waiting.TryPeek(out var next) || next.Size > mostBytes)
                return null;
            _waiting.Dequeue();
            _bytes -= next.Size;
            return next;
        }
    }

    private static AdminMessage Connected(ReadOnlyMemory<byte> socket)
    {
        using var document = AdminJson.Parse(socket);
        return new("socket_connected", AdminJson.Of(document.RootElement, static (json, socket) =>
        {
            json.WriteStartArray();
            socket.WriteTo(json);
            socket.GetProperty("handshake").GetProperty("time").WriteTo(json);
            json.WriteEndArray();
        }));
    }
}
