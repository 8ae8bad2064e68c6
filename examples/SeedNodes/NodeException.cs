namespace SeedNodesExample;

/// <summary>What the person at the terminal has to change, in one line.</summary>
internal sealed class NodeException(string message) : Exception(message)
{
    /// <summary>EX_CONFIG: starting the process again would not help.</summary>
    public const int BadConfiguration = 78;
}
