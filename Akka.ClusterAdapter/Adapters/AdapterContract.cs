namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// The contract for adapters of others. It may change until version 1.0: the compiler tells everybody who names one of its types
/// (docs/decisions/0056).
/// </summary>
internal static class AdapterContract
{
    public const string Id = "SIO001";
}
