namespace Akka.ClusterAdapter.Tests;

/// <summary>Tests that measure their own process: nothing runs beside them. Who only starts other processes has no need of it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTests
{
    public const string Name = "alone";
}

/// <summary>
/// Crowds of clients at process trees that are replaced. They run alone: a crowd is a load, and it shows that nothing else costs a client its messages.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CrowdLane
{
    public const string Name = "crowds";
}

/// <summary>Programs that are built, packed or started and have no lane of their own, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ProcessTests
{
    public const string Name = "process trees";
}
