namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// The contract for adapters of others. It may change until version 1.0: the compiler tells everybody who implements an adapter, for nobody can
/// without naming one of the marked types. Who only asks an adapter or waits for its factory names none of them (docs/decisions/0056).
/// </summary>
internal static class AdapterContract
{
    public const string Id = "SIO001";
}
