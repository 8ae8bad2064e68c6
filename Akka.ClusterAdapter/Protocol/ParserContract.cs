namespace Akka.ClusterAdapter.Protocol;

/// <summary>
/// The contract for parsers of others. It may change until version 1.0: the compiler tells everybody who names one of its types
/// (docs/decisions/0056).
/// </summary>
internal static class ParserContract
{
    public const string Id = "SIO002";
}
