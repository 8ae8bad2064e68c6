namespace Akka.ClusterAdapter.Adapters;

/// <summary>The other workers of a namespace whose clients may come back to any of them. An adapter without it knows sessions of this worker only.</summary>
internal interface ISessionPeers
{
    /// <summary>Asks the other workers for the session of a client that has come here: first the one that its secret names, then all.</summary>
    /// <param name="privateId">The secret.</param>
    /// <param name="tag">The worker that it names.</param>
    /// <param name="offset">The last packet the client says it has seen.</param>
    Task<SessionReply> ClaimAsync(string privateId, int tag, string? offset);

    /// <summary>Hands sessions of this worker to those that remain. Completes when they have them, or cannot take them.</summary>
    /// <param name="sessions">The sessions, their data as JSON.</param>
    /// <param name="trails">The logs that they are of.</param>
    /// <param name="ct">Gives up what has not been handed over.</param>
    /// <returns>How many were taken; null when there is nobody.</returns>
    Task<int?> HandOverAsync(IReadOnlyList<HandedSession> sessions, IReadOnlyList<LogTrail> trails, CancellationToken ct);

    /// <summary>Completes when the worker that keeps a copy knows what has changed until now; at once when nobody does.</summary>
    Task CopyNowAsync();

    /// <summary>This worker's sessions are with others: nobody needs the copy of them any more.</summary>
    Task EndCopyAsync();
}

/// <summary>The sessions of one namespace as they are now, to be copied to another worker. For any thread.</summary>
internal interface ISessionSnapshots
{
    /// <summary>Secrets of all: of clients that are connected and of those that are away.</summary>
    IEnumerable<string> All();

    /// <summary>The secret of a client that is connected; null for nobody.</summary>
    string? SecretOf(string socketId);

    /// <summary>A session, its data as JSON. Null when it is over or cannot be copied.</summary>
    /// <param name="privateId">Its secret.</param>
    /// <param name="session">The session.</param>
    /// <returns>False when there is nothing to say: its client is just connecting, or it is what was taken last.</returns>
    bool TryTake(string privateId, out HandedSession? session);
}

/// <summary>What other workers say about a session.</summary>
/// <param name="Given">The session; null when there is none for the client.</param>
/// <param name="Outcome">Why there is none.</param>
/// <param name="Asked">How many were asked.</param>
internal sealed record SessionReply(GivenSession? Given, ClaimOutcome Outcome, int Asked = 0)
{
    /// <summary>True when one of those that were asked leaves: it may be handing the session over just now, perhaps to this worker.</summary>
    public bool IsMoving { get; init; }

    /// <summary>True when somebody keeps a copy of it, whose worker is not known to be dead.</summary>
    public bool IsCopied { get; init; }
}

/// <summary>The data that an application keeps with a socket, as they come from another worker.</summary>
/// <param name="Json">Their JSON.</param>
internal sealed record JsonData(ReadOnlyMemory<byte> Json);
