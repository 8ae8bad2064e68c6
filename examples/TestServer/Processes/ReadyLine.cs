using System.Text.Json;

namespace TestServer.Processes;

/// <summary>The line that tells whoever started the server that it can be used.</summary>
internal static class ReadyLine
{
    public static void Write(IReadOnlyList<string> urls, string shared, IReadOnlyList<int> workers)
    {
        var ready = new { pid = Environment.ProcessId, urls, shared, workers };
        Console.WriteLine("READY " + JsonSerializer.Serialize(ready));
        Console.Out.Flush();
    }

    public static string Url(int port) => $"http://127.0.0.1:{port}";
}
