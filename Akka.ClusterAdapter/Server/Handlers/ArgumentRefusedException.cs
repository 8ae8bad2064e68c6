using System.Text.Json;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>An argument is missing, cannot be converted, or does not keep to what its parameter or its type says.</summary>
internal sealed class ArgumentRefusedException : JsonException
{
    /// <summary>It is missing or does not fit.</summary>
    /// <param name="forClient">What the client may be told: nothing of the application's types.</param>
    /// <param name="inner">What the converter says, for the log.</param>
    public ArgumentRefusedException(string forClient, Exception? inner = null)
        : base(inner is null ? forClient : $"{forClient} {inner.Message}", inner) => ForClient = forClient;

    /// <summary>It does not keep to its annotations.</summary>
    /// <param name="errors">What is wrong, by the path of the value.</param>
    public ArgumentRefusedException(Dictionary<string, List<string>> errors)
        : base(string.Join(" ", errors.SelectMany(static pair => pair.Value))) => (ForClient, Errors) = (Message, errors);

    /// <summary>What the client may be told.</summary>
    public string ForClient { get; }

    /// <summary>What is wrong, by the path of the value; null when it was not annotations.</summary>
    public Dictionary<string, List<string>>? Errors { get; }
}
