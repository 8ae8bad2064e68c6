using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Relaying;
using Akka.ClusterAdapter.Engine.Sessions;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine;

/// <content>A worker among others: its tag, and its leave.</content>
public sealed partial class EngineServer
{
    private volatile bool _isDraining;

    /// <summary>The worker's tag in its session ids, 0 to 16,777,215, by which other workers find the owner of a session. Random by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value has more than 24 bits.</exception>
    public int Tag
    {
        get => Others.Tag;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, SessionId.TagCount);
            Others.Tag = value;
        }
    }

    /// <summary>Whether it takes no new sessions any more.</summary>
    internal bool IsDraining => _isDraining || _isDisposed;

    /// <summary>What it knows of other workers.</summary>
    internal OtherWorkers Others { get; }

    /// <summary>Takes no new sessions from now on: they are brought to another worker or, when there is none, refused with 503.</summary>
    internal void BeginDrain()
    {
        _isDraining = true;
        foreach (var (_, session) in Sessions)
        {
            if (session.TransportName == TransportNames.WebSocket)
                session.Connections.LetGo();
        }
    }

    /// <summary>
    /// Lets the clients go, in the first half of <paramref name="limit"/> and spread over it; then waits until they are gone, at most to its end.
    /// </summary>
    internal Task DrainAsync(Action<EngineSocket> letGo, TimeSpan limit, CancellationToken hurry)
    {
        BeginDrain();
        return new EngineDrain(this, letGo).RunAsync(limit, hurry);
    }

    /// <summary>
    /// Lets go those who have gone through here to other workers since this engine was closed alone, now that its worker ends too. Otherwise nothing.
    /// </summary>
    internal async Task DrainOthersAsync(TimeSpan limit, CancellationToken hurry)
    {
        if (!Others.IsLate)
            return;
        await new EngineDrain(this, static _ => { }).RunAsync(limit, hurry).ConfigureAwait(false);
        await Others.EndAllAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// The client's next request shall find another worker: this connection ends with its present one. An engine that was closed alone lets its connections be:
    /// who comes after that would find the way here again.
    /// </summary>
    private void LetConnectionGo(HttpContext context)
    {
        if (_isDraining && (!_isDisposed || Others.IsOver))
            Guard.Run(
                nameof(KeptConnection.LetGo), static connection => connection?.RequestClose(), context.Features.Get<IConnectionLifetimeNotificationFeature>());
    }
}
