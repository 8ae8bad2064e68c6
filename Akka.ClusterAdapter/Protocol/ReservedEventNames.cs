namespace Akka.ClusterAdapter.Protocol;

/// <summary>Names that belong to the library: neither may a client send them nor an application emit them.</summary>
internal static class ReservedEventNames
{
    /// <summary>True for a reserved name. <c>error</c> and <c>connection</c> are ordinary names.</summary>
    public static bool Contains(string name) => name is
        "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener";
}
