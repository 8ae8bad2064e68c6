namespace Akka.ClusterAdapter.Server;

/// <summary>How a reload ended.</summary>
/// <param name="IsComplete">True when every worker was replaced.</param>
/// <param name="Replaced">Workers that were replaced.</param>
/// <param name="Summary">What happened, in one line.</param>
public sealed record ReloadResult(bool IsComplete, int Replaced, string Summary);
