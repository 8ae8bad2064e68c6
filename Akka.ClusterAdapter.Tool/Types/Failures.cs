namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>The answer to an event that failed, as the library's <c>EventFailure</c> is written.</summary>
internal static class Failures
{
    /// <summary>What TypeScript calls it; no type of the application has this name then.</summary>
    public const string Name = "AckError";

    public const string Declaration = """
        /** The answer to an event that failed. `code` is one of the server's own or what its EventException says. */
        export interface AckError {
          error: {
            message: string;
            code?: "failed" | "forbidden" | "invalid_arguments" | "rate_limited" | "unauthorized" | "unknown_event" | (string & {});
            data?: unknown;
          };
        }


        """;
}
