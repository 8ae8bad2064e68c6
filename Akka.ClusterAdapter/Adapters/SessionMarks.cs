namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Sessions that have changed since they were copied, while another worker keeps a copy. Does nothing while it is off. For any thread.
/// </summary>
internal sealed class SessionMarks
{
    private const int Asleep = 0;
    private const int Awake = 1;
    private const int Urgent = 2;

    private readonly Lock _gate = new();
    private HashSet<string> _secrets = new(StringComparer.Ordinal);
    private HashSet<string> _sockets = new(StringComparer.Ordinal);
    private volatile bool _isOn;
    private int _awake;

    /// <summary>
    /// Told once when there is something to copy, until the next <see cref="Sleep"/>; and once more, with true, when it is urgent. Must not block.
    /// </summary>
    public Action<bool>? Woken { get; set; }

    public bool IsOn
    {
        get => _isOn;
        set => _isOn = value;
    }

    public bool IsAwake => Volatile.Read(ref _awake) != Asleep;

    public bool IsUrgent => Volatile.Read(ref _awake) == Urgent;

    /// <summary>A session has come, changed or gone.</summary>
    public void Session(string? secret)
    {
        if (!_isOn || secret is null)
            return;
        lock (_gate)
            _secrets.Add(secret);
        Wake();
    }

    /// <summary>What is kept of a socket has changed.</summary>
    public void Socket(string id)
    {
        if (!_isOn)
            return;
        lock (_gate)
            _sockets.Add(id);
        Wake();
    }

    /// <summary>There is something to copy.</summary>
    /// <param name="isUrgent">False for what the offsets of clients tell meanwhile.</param>
    public void Wake(bool isUrgent = true)
    {
        if (!_isOn || Volatile.Read(ref _awake) >= (isUrgent ? Urgent : Awake))
            return;
        var before = isUrgent ? Interlocked.Exchange(ref _awake, Urgent) : Interlocked.CompareExchange(ref _awake, Awake, Asleep);
        if (before < (isUrgent ? Urgent : Awake))
            Woken?.Invoke(isUrgent);
    }

    public void Sleep() => Volatile.Write(ref _awake, Asleep);

    /// <summary>Takes out all marks: secrets, and ids of sockets.</summary>
    public (HashSet<string> Secrets, HashSet<string> Sockets) Take()
    {
        lock (_gate)
        {
            var taken = (_secrets, _sockets);
            (_secrets, _sockets) = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
            return taken;
        }
    }
}
