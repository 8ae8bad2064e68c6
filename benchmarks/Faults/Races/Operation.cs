namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>Something that runs beside others, on a thread of its own from its first step to its last.</summary>
internal sealed class Operation(string name, Action body, double priority)
{
    public string Name => name;

    /// <summary>Who has more goes first, where priorities decide.</summary>
    public double Priority { get; set; } = priority;

    /// <summary>Null before its first step.</summary>
    public ControlledThread? Thread { get; set; }

    /// <summary>It waits for a lock that another one holds.</summary>
    public bool IsBlocked { get; set; }

    public void Run() => body();
}
