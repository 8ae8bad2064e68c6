using System.Security.Cryptography;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Clustering.Recovery;

/// <summary>
/// Numbers what a member without sockets sends: it keeps no record, but the workers do, and must know what they have not heard. One life for the whole
/// process, however often its emitters are made; a number for each namespace.
/// </summary>
/// <param name="time">Clock of what was sent when.</param>
internal sealed class EmitterNumbers(TimeProvider time)
{
    /// <summary>Most namespaces. What is sent to others has no place: clients that miss it begin anew on another worker.</summary>
    public const int MostNamespaces = 1_000;

    private readonly Lock _gate = new();
    private readonly long _life = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) | 1;
    private readonly Dictionary<string, (long Number, long At)> _last = new(StringComparer.Ordinal);

    /// <summary>Gives the next place, in the order in which it is handed over.</summary>
    /// <param name="namespace">The namespace's name between workers.</param>
    /// <param name="send">Takes it. Must not block; when it throws, nothing has happened.</param>
    public void Send(string @namespace, Action<LogPlace> send)
    {
        lock (_gate)
        {
            var number = _last.GetValueOrDefault(@namespace).Number + 1;
            var isNumbered = number > 1 || _last.Count < MostNamespaces;
            send(isNumbered ? new LogPlace(_life, number) : LogPlace.None);
            if (isNumbered)
                _last[@namespace] = (number, time.GetTimestamp());
        }
    }

    /// <summary>Tells how far this member is, in the order of what it sends.</summary>
    /// <param name="namespace">Where; null for everywhere.</param>
    /// <param name="send">Takes it. Must not block.</param>
    /// <returns>False when it has sent nothing there.</returns>
    public bool Announce(string? @namespace, Action<string, LogPlace, TimeSpan> send)
    {
        var isAnything = false;
        lock (_gate)
        {
            foreach (var (name, (number, at)) in _last)
            {
                if (@namespace is not null && @namespace != name)
                    continue;
                send(name, new LogPlace(_life, number), time.GetElapsedTime(at));
                isAnything = true;
            }
        }

        return isAnything;
    }
}
