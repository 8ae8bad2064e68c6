using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>The lines at the terminal: the primary's own and, marked, those of its workers.</summary>
internal sealed class PrimaryOutput(PrimaryOptions options)
{
    private readonly TextWriter _output = TextWriter.Synchronized(options.Output);
    private readonly TextWriter _error = TextWriter.Synchronized(options.Error);

    public void Say(string line) => Write(_output, $"[primary] {line}");

    public void Complain(string line) => Write(_error, $"[primary] {line}");

    /// <summary>Copies what a worker writes, line by line, until its end.</summary>
    /// <param name="number">The worker's number.</param>
    /// <param name="from">Its standard output or error.</param>
    /// <param name="isError">Which of the two it is.</param>
    /// <param name="isOurs">Says of a line that it was meant for the primary and is not to be copied.</param>
    public async Task CopyAsync(int number, StreamReader from, bool isError, Func<string, bool> isOurs)
    {
        var to = isError ? _error : _output;
        while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
            if (!isOurs(line))
                Write(to, $"[worker {number}] {line}");
    }

    private static void Write(TextWriter to, string line)
    {
        try
        {
            to.WriteLine(line);
        }
        catch (IOException)
        {
            // The terminal is gone; that is no reason to end otherwise than in order.
        }
    }
}
