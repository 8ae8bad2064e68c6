using System.Diagnostics;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>Signals to processes by their ids.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, int pid)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {pid} 2>/dev/null"]);
        await kill.WaitForExitAsync();
    }
}
