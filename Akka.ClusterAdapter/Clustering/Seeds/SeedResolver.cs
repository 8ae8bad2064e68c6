using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Akka.ClusterAdapter.Clustering.Seeds;

/// <summary>Asks for a name's addresses again and again, and joins the members there, until this member is in a cluster or the time is over.</summary>
internal sealed class SeedResolver(SeedDnsSettings settings, SeedList seeds, TimeProvider time, ILoggingAdapter log)
{
    /// <summary>The addresses of a name now; throws <see cref="SocketException"/> when there is none.</summary>
    public required Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; }

    /// <summary>True when this member is in a cluster.</summary>
    public required Func<bool> HasJoined { get; init; }

    /// <summary>Begins to join; a later call takes the place of an earlier one.</summary>
    public required Action<ImmutableList<Address>> Join { get; init; }

    /// <summary>The time after which it gives up; null: never.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Ends with null when this member has joined, with a sentence for the log when the time is over.</summary>
    public async Task<string?> RunAsync(CancellationToken ct)
    {
        var begun = time.GetTimestamp();
        ImmutableList<Address> joining = [];
        var told = "";
        while (!HasJoined())
        {
            var (found, waitingFor) = await LookUpAsync(ct).ConfigureAwait(false);
            if (!found.IsEmpty && !found.SequenceEqual(joining))
            {
                log.Info("{0} is {1}: joining.", settings.Host, string.Join(", ", found));
                Join(joining = found);
            }

            if (Limit is { } limit && time.GetElapsedTime(begun) >= limit)
                return $"No seed node was found under the name {settings.Host} (akka.cluster-adapter.seed-dns) within {limit}: {waitingFor}.";
            if (found.IsEmpty && waitingFor != told)
                log.Warning("{0} leads to no seed node yet: {1}. Asking again every {2}.", settings.Host, told = waitingFor, settings.Interval);
            await Task.Delay(settings.Interval, time, ct).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<(ImmutableList<Address> Found, string WaitingFor)> LookUpAsync(CancellationToken ct)
    {
        try
        {
            var addresses = await Resolve(settings.Host, ct).ConfigureAwait(false);
            return (seeds.Choose(addresses, out var waitingFor), waitingFor);
        }
        catch (SocketException unknown)
        {
            return ([], $"the name server says \"{unknown.Message}\"");
        }
    }
}
