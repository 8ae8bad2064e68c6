using System.Text.Json.Serialization;

namespace Akka.ClusterAdapter.Server;

/// <summary>Why a client may not join a namespace.</summary>
/// <param name="Error">What it is told.</param>
/// <param name="Reason">Under which it is counted.</param>
/// <param name="By">Who said so, for the log; null when the reason says it.</param>
internal sealed record ConnectRefusal(ConnectError Error, string Reason, string? By = null);

/// <summary>Payload of a CONNECT_ERROR.</summary>
internal sealed record ConnectError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] object? Data = null);
