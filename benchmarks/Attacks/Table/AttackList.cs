namespace Attacks.Table;

/// <summary>All attacks, in the order of the table.</summary>
internal static class AttackList
{
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("post-abort", "3,000 sessions that end while their POST does", HttpAttacks.EndDuringPostAsync) { Options = ["--connect-timeout", "1000"] },
        new("unconnected", "10,000 handshakes over one connection, none joins", HttpAttacks.HandshakesAsync),
        new("forwarded-header", "200 handshakes through the edge, cookie with an é", HttpAttacks.HeadersThroughEdgeAsync) { Workers = 2, HasEdge = true },
        new("application-503", "100 handshakes over the application's own rate limit, through the edge", HttpAttacks.OverRateLimitAsync)
        {
            Workers = 2,
            HasEdge = true,
            Options = ["--rate-limit"],
            HasWitness = false,
        },
        new("forwarded-abort", "200 POSTs by way of another worker that break off", HttpAttacks.BrokenForwardedPostsAsync) { Workers = 2 },
        new("forwarded-endless", "a chunked POST without end by way of another worker", HttpAttacks.EndlessForwardedPostAsync) { Workers = 2 },
        new("namespaces", "10,000 dynamic namespaces, refused by the middleware", EventAttacks.NamespacesAsync) { Options = ["--dynamic"] },
        new("auth", "1 MB of [] as auth, in 8 namespaces, from 4 connections", EventAttacks.AuthAsync) { Options = ["--dynamic"] },
        new("auth-fetch", "30 clients with 900 kB of auth, then FetchSockets by another worker", EventAttacks.FetchAsync) { Workers = 2 },
        new("log-name", "one event whose argument has a property name of 900 kB", EventAttacks.LongNameAsync),
        new("log-flood", "20,000 events whose arguments do not fit", EventAttacks.DoesNotFitAsync),
        new("log-throw", "20,000 events whose handler throws", EventAttacks.ThrowsAsync),
        new("recovery", "10 recoveries of an old offset, 300,000 packets in the log, 400 rooms", EventAttacks.RecoverAsync)
        {
            Options = ["--recovery"],
            Prepare = EventAttacks.FillAsync,
        },
        new("recovery-log", "300,000 small packets in the recovery log", EventAttacks.FillAsync) { Options = ["--recovery"] },
        new("msgpack-1", "1 message of 980 kB of empty binaries (MessagePack)", run => BinaryAttacks.EmptyBinariesAsync(run, 1))
        {
            Options = ["--msgpack"],
            HasWitness = false,
        },
        new("msgpack-32", "32 of them", run => BinaryAttacks.EmptyBinariesAsync(run, 32)) { Options = ["--msgpack"], HasWitness = false },
        new("deflate-bomb", "20 events of 1 MB that are 1 kB on the wire", BinaryAttacks.InflatedEventsAsync) { Options = ["--deflate"] },
        new("deflate-unfinished", "200 binary packets of 1 MB (1 kB each on the wire) that never end", BinaryAttacks.UnfinishedAsync)
        {
            Options = ["--deflate"],
        },
    ];
}
