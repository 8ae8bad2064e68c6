namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>How far a session is.</summary>
internal enum SessionPhase
{
    /// <summary>It sends and receives.</summary>
    Open,

    /// <summary>What is queued is still sent; nothing more is accepted.</summary>
    Closing,

    /// <summary>It is over.</summary>
    Closed,
}

/// <summary>What the parts of a session share: the one lock that guards the state of all of them, the session's phase and its current transport.</summary>
internal sealed class SessionContext(EngineServer server, IEngineTransport transport)
{
    private volatile SessionPhase _phase;
    private IEngineTransport _transport = transport;

    public EngineServer Server => server;

    /// <summary>The session's lock. Nobody calls the handler, or a part that takes it again, while holding it.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Written under the lock.</summary>
    public SessionPhase Phase { get => _phase; set => _phase = value; }

    /// <summary>Written under the lock.</summary>
    public IEngineTransport Transport { get => Volatile.Read(ref _transport); set => Volatile.Write(ref _transport, value); }
}
