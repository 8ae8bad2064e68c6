using System.Collections.Concurrent;
using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>Which of our processes has a local TCP port: proc(5). Thread-safe.</summary>
internal sealed class PortOwners
{
    private const int LocalAddress = 1;
    private const int Inode = 9;

    private readonly ConcurrentDictionary<int, string> _processes = new();

    public void Add(int pid, string name) => _processes[pid] = name;

    public void Remove(int pid) => _processes.TryRemove(pid, out _);

    /// <summary>Name of the process whose connection has a port; null for a stranger's.</summary>
    public string? OwnerOf(int port)
    {
        if (InodeOf(port) is not { } inode)
            return null;
        var link = $"socket:[{inode}]";
        foreach (var (pid, name) in _processes)
        {
            if (Has(pid, link))
                return name;
        }

        return null;
    }

    // sl local_address rem_address st ... inode: "0100007F:1F90", the port in hexadecimal.
    private static string? InodeOf(int port)
    {
        var end = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[LocalAddress].EndsWith(end, StringComparison.Ordinal) && fields[Inode] != "0")
                    return fields[Inode];
            }
        }

        return null;
    }

    private static bool Has(int pid, string link)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(entry => new FileInfo(entry).LinkTarget == link);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
