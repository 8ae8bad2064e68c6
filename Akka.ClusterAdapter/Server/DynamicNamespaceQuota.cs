using System.Net;
using System.Runtime.InteropServices;
using Akka.ClusterAdapter.Engine.Limits;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// The namespaces that clients may have made from patterns. No address may hold more of them than are still free: one that asks for all it can get
/// leaves half of them to others, two leave a third, and whoever comes anew gets in. An address of IPv6 is its first 64 bits. A namespace counts once
/// somebody was admitted to it (docs/decisions/0038).
/// </summary>
/// <param name="most">Most of them at a time.</param>
internal sealed class DynamicNamespaceQuota(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, int> _held = [];

    // Of those, the ones that somebody was admitted to: a crowd that is being decided at once must not have them all in the end.
    private readonly Dictionary<UInt128, int> _admitted = [];
    private int _count;

    /// <summary>Those somebody was admitted to.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Addresses that hold one.</summary>
    public int Addresses
    {
        get
        {
            lock (_gate)
                return _held.Count;
        }
    }

    /// <summary>
    /// A place for one more namespace, at the expense of an address; null when that holds its share. Connections without address count as one.
    /// </summary>
    public Place? TryTake(IPAddress? address)
    {
        var key = Visitor.KeyOf(address);
        lock (_gate)
        {
            ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(_held, key, out var exists);
            if (held < most - _count)
            {
                held++;
                return new Place(this, key);
            }

            if (!exists)
                _held.Remove(key);
            return null;
        }
    }

    /// <summary>The place of one namespace.</summary>
    public sealed class Place(DynamicNamespaceQuota quota, UInt128 key)
    {
        private bool _isReleased;

        /// <summary>True once somebody was admitted.</summary>
        public bool IsCounted { get; private set; }

        /// <summary>Somebody is being admitted; false when its address has its share.</summary>
        public bool TryCount()
        {
            lock (quota._gate)
            {
                if (IsCounted)
                    return true;
                var admitted = quota._admitted.GetValueOrDefault(key);
                if (_isReleased || admitted >= quota.Most - quota._count)
                    return false;
                quota._admitted[key] = admitted + 1;
                quota._count++;
                return IsCounted = true;
            }
        }

        // Under the lock.
        private void EndCount()
        {
            quota._count--;
            if (--CollectionsMarshal.GetValueRefOrNullRef(quota._admitted, key) == 0)
                quota._admitted.Remove(key);
        }

        /// <summary>The namespace is gone.</summary>
        public void Release()
        {
            lock (quota._gate)
            {
                if (_isReleased)
                    return;
                _isReleased = true;
                if (IsCounted)
                    EndCount();
                if (--CollectionsMarshal.GetValueRefOrNullRef(quota._held, key) == 0)
                    quota._held.Remove(key);
            }
        }
    }

    private int Most => most;
}
