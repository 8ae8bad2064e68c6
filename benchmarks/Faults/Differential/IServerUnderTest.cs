namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>How a server is set up: differences that need another option have their own.</summary>
internal enum Variant
{
    Plain,
    Deflate,
    Msgpack,
    Recovery,
}

/// <summary>One of the two servers that are compared.</summary>
internal interface IServerUnderTest
{
    /// <summary>Where its variants listen.</summary>
    Uri Address(Variant variant);

    /// <summary>What its handlers saw since it was asked to forget, and how many sessions it has.</summary>
    Task<(IReadOnlyList<string> Log, int Sessions)> SeenAsync(Variant variant);

    /// <summary>Forgets what its handlers saw.</summary>
    Task ForgetAsync(Variant variant);
}
