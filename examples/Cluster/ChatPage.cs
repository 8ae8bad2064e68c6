namespace ClusterExample;

/// <summary>The static files of the chat.</summary>
internal static class ChatPage
{
    private static string Client => Path.Combine(AppContext.BaseDirectory, "wwwroot", "lib", "socket.io.min.js");

    /// <summary>A changed page is seen at the next reload.</summary>
    public static StaticFileOptions Options { get; } = new()
    {
        OnPrepareResponse = context => context.Context.Response.Headers.CacheControl = "no-cache",
    };

    /// <exception cref="ExampleException">The official browser client was not there when the example was built.</exception>
    public static void RequireClient()
    {
        if (!File.Exists(Client))
            throw new ExampleException(
                "The page's Socket.IO client is missing: run \"npm ci\" in examples/Cluster, then build again (\"make cluster\" does both).");
    }
}
