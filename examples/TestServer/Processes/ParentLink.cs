using System.Diagnostics;

namespace TestServer.Processes;

/// <summary>
/// A worker's side of the pipe from its parent: the line <c>stop</c> asks for a clean end, the end of the pipe means that the parent is no more
/// and that this process must not outlive it.
/// </summary>
internal static class ParentLink
{
    public const string Stop = "stop";

    /// <summary>Watches on a thread of its own, so that a busy thread pool delays nothing.</summary>
    public static void Watch(Action stop)
    {
        var input = Console.In;
        var thread = new Thread(() => Read(input, stop)) { IsBackground = true, Name = "parent" };
        thread.Start();
    }

    private static void Read(TextReader input, Action stop)
    {
        while (input.ReadLine() is { } line)
        {
            if (line == Stop)
                stop();
        }

        // Not Environment.Exit: it would wait for whatever hangs on the process's end, with nobody left to end that.
        Process.GetCurrentProcess().Kill();
    }
}
