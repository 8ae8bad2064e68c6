using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators.Contracts;

/// <summary>The namespace that a contract names itself; looked up once.</summary>
internal static class ContractNamespace<TClient>
    where TClient : class
{
    private static readonly string[] Named = [.. ContractMarks.Namespaces<ServerToClientAttribute>(typeof(TClient))];

    /// <exception cref="InvalidOperationException">It names none, or several.</exception>
    public static string Name => Named is [var name] ? name : throw new InvalidOperationException(
        $"{typeof(TClient).Name} names {(Named.Length == 0 ? "no namespace" : "several namespaces")}: "
        + $"mark it with one [ServerToClient(\"/name\")], or write Of<{typeof(TClient).Name}>(\"/name\").");
}
