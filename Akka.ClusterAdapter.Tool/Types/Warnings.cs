namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>What could not be said in TypeScript and became <c>unknown</c>.</summary>
internal sealed class Warnings
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    /// <summary>Something of the data.</summary>
    public void Inexpressible(string where, string why) => Add($"SIO302: {where} is unknown in TypeScript: {why}");

    /// <summary>Something of the contracts.</summary>
    public void Contract(string what) => Add($"SIO303: {what}");

    private void Add(string warning)
    {
        if (!_all.Contains(warning))
            _all.Add(warning);
    }
}
