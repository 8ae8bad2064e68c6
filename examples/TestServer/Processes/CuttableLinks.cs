using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Remote.Transport;

namespace TestServer.Processes;

/// <summary>
/// Lets remoting through, or swallows it, by the peer's address: what <c>throttle</c> needs to act like a cut cable. Both ends
/// stay connected and hear nothing of each other.
/// </summary>
internal sealed class CuttableLinks : ITransportAdapterProvider
{
    /// <summary>HOCON that puts it between remoting and TCP.</summary>
    /// <remarks>No blank in the type's name: remoting reads the text with its quotes if there is one.</remarks>
    public const string Hocon = """
        akka.remote.adapters.cut = "TestServer.Processes.CuttableLinks,TestServer"
        akka.remote.dot-netty.tcp.applied-adapters = ["cut"]
        """;

    private static readonly ConcurrentDictionary<(string Host, int Port), Link> Links = new();

    /// <summary>Cuts or mends the links of this process to an address.</summary>
    public static void Set(string host, int port, bool isCut) => To(host, port).IsCut = isCut;

    public Transport Create(Transport wrappedTransport, ExtendedActorSystem system) => new CuttableTransport(wrappedTransport);

    /// <summary>The state of the links to an address; all of them share it.</summary>
    internal static Link To(string host, int port) => Links.GetOrAdd((host, port), _ => new Link());

    /// <summary>Whether an address can be reached.</summary>
    internal sealed class Link
    {
        private volatile bool _isCut;

        public bool IsCut
        {
            get => _isCut;
            set => _isCut = value;
        }
    }
}
