using System.Text.Json;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>One thing a client does, and then everybody waits until nothing more comes of it.</summary>
/// <param name="Client">Which of them.</param>
/// <param name="Verb">What: see <see cref="RawClient.DoAsync"/>.</param>
/// <param name="Args">With what.</param>
internal sealed record Step(int Client, string Verb, params string[] Args)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As it is written in code, so that a failure can be copied into a test.</summary>
    public override string ToString() => $"new({Client}, {JsonSerializer.Serialize(Verb, Plain)}{string.Concat(Args.Select(arg => ", " + Shortened(arg)))})";

    private static string Shortened(string arg) =>
        arg.Length > 400 ? $"/* {arg.Length} characters */ {JsonSerializer.Serialize(arg[..80], Plain)}" : JsonSerializer.Serialize(arg, Plain);
}

/// <summary>What clients do, one thing after the other.</summary>
internal sealed record Scenario(IReadOnlyList<Step> Steps, Variant Variant = Variant.Plain)
{
    public Scenario(Variant variant, params Step[] steps)
        : this(steps, variant)
    {
    }

    /// <summary>Whether something in it takes a tenth of a second by nature: the namespace <c>/slow</c>.</summary>
    public bool IsSlow => Steps.Any(step => step.Args.Any(arg => arg.Contains("/slow", StringComparison.Ordinal)));

    public int Clients => Steps.Count == 0 ? 0 : Steps.Max(step => step.Client) + 1;

    public override string ToString() => $"{Variant}:\n  {string.Join("\n  ", Steps)}";
}
