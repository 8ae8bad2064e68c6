using System.Text.Json;

namespace Akka.ClusterAdapter.Testing;

/// <summary>The server has refused a client of a test: its request, or its place in a namespace.</summary>
public sealed class ConnectRefusedException : Exception
{
    internal ConnectRefusedException(string message, JsonElement? errorData = null, Exception? inner = null)
        : base(message, inner) => ErrorData = errorData;

    /// <summary>What the server has given with its refusal (<c>err.data</c> of the official client); null without any.</summary>
    public JsonElement? ErrorData { get; }
}
