using System.Collections.Concurrent;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>The pages that are open on this worker.</summary>
internal sealed class AdminPages
{
    /// <summary>Most of them.</summary>
    public const int Most = 32;

    private readonly ConcurrentDictionary<Socket, AdminPage> _pages = new();

    public bool IsEmpty => _pages.IsEmpty;

    public ICollection<AdminPage> All => _pages.Values;

    /// <summary>The page of a socket; null when there is none.</summary>
    public AdminPage? Find(Socket socket) => _pages.GetValueOrDefault(socket);

    /// <summary>Adds one; false when there are too many.</summary>
    public bool TryAdd(AdminPage page) => _pages.Count < Most && _pages.TryAdd(page.Socket, page);

    public bool Remove(Socket socket) => _pages.TryRemove(socket, out _);

    public void Offer(AdminMessage message)
    {
        foreach (var (_, page) in _pages)
            page.Offer(message);
    }

    /// <summary>Messages were left out on their way to all pages.</summary>
    public void Lose(long count)
    {
        foreach (var (_, page) in _pages)
            page.Lose(count);
    }

    public void SetStats(string serverId, AdminMessage stats)
    {
        foreach (var (_, page) in _pages)
            page.SetStats(serverId, stats);
    }
}
