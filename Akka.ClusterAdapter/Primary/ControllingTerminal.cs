namespace Akka.ClusterAdapter.Primary;

/// <summary>The terminal that a process was started from, if there is one.</summary>
internal static class ControllingTerminal
{
    /// <summary>Whether this process has one: then SIGHUP says that it is gone. Asked at the start, for afterwards it cannot be told any more.</summary>
    public static bool Exists
    {
        get
        {
            // There SIGHUP is the console window that was closed.
            if (OperatingSystem.IsWindows())
                return true;
            try
            {
                // tty(4): cannot be opened by a process without a controlling terminal
                using var terminal = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                return true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
