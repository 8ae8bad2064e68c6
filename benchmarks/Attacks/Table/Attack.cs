using Attacks.Victims;

namespace Attacks.Table;

/// <summary>One attack: little input that once cost a lot.</summary>
/// <param name="Name">Short name, as on the command line.</param>
/// <param name="What">What it does, for the table.</param>
/// <param name="Run">Attacks; returns the bytes it sent. Connections that it leaves in <see cref="AttackRun"/> stay open until memory was measured.</param>
internal sealed record Attack(string Name, string What, Func<AttackRun, Task<long>> Run)
{
    /// <summary>What honest clients did before; not measured.</summary>
    public Func<AttackRun, Task> Prepare { get; init; } = static _ => Task.CompletedTask;

    /// <summary>How many workers there are.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Whether the edge is in front of them.</summary>
    public bool HasEdge { get; init; }

    /// <summary>Settings of the workers, as <c>victim</c> reads them.</summary>
    public string[] Options { get; init; } = [];

    /// <summary>Whether the honest client can speak to this server at all.</summary>
    public bool HasWitness { get; init; } = true;
}

/// <summary>What an attack works with, and what it leaves open.</summary>
internal sealed class AttackRun(VictimCluster cluster) : IDisposable
{
    private readonly List<IDisposable> _open = [];

    public VictimCluster Cluster => cluster;

    public string Url => (cluster.Edge ?? cluster.Workers[0]).Url;

    /// <summary>What the table says about others, besides the honest client's round trips.</summary>
    public string Noticed { get; set; } = "";

    public T Keep<T>(T connection)
        where T : IDisposable
    {
        lock (_open)
            _open.Add(connection);
        return connection;
    }

    public void Dispose()
    {
        foreach (var connection in _open)
            connection.Dispose();
    }
}
