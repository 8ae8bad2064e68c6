using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Server.Filters;

/// <summary>The acknowledgement of an event that failed.</summary>
internal sealed record EventFailure([property: JsonPropertyName("error")] EventError Error)
{
    public EventFailure(string? code, string message, object? data = null)
        : this(new EventError(message, code, data))
    {
    }
}

/// <summary>What failed, for the client.</summary>
/// <param name="Message">A sentence.</param>
/// <param name="Code">One of <see cref="FailureCodes"/>, or the application's own.</param>
/// <param name="Data">More of it.</param>
internal sealed record EventError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("code"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code,
    [property: JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object? Data);

/// <summary>What a client reads as the code of a failure that the server found.</summary>
internal static class FailureCodes
{
    public const string Failed = "failed";
    public const string Forbidden = "forbidden";
    public const string InvalidArguments = "invalid_arguments";
    public const string RateLimited = "rate_limited";
    public const string Unauthorized = "unauthorized";
    public const string UnknownEvent = "unknown_event";
}
