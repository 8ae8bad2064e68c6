using System.Diagnostics.CodeAnalysis;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>All that an adapter may ask of the namespace it serves: always about sockets of this worker.</summary>
[Experimental(AdapterContract.Id)]
public interface IAdapterHost
{
    /// <summary>The namespace's name, with its leading slash.</summary>
    string Name { get; }

    /// <summary>The server's parser.</summary>
    IPacketParser Parser { get; }

    /// <summary>True for a socket that is connected; false while its connection is still being decided and after it left.</summary>
    bool IsConnected(string socketId);

    /// <summary>Sends one event to each of these sockets that is connected; encodes it once and waits for none of them.</summary>
    void Deliver(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options);

    /// <summary>As <see cref="Deliver"/>, asking each for an acknowledgement.</summary>
    /// <returns>Disposing it forgets the answers that have not come.</returns>
    IDisposable DeliverWithAck(ReadOnlySpan<string> socketIds, PacketBody body, BroadcastOptions options, IAckSink sink);

    /// <summary>A description of a connected socket for other workers; null when it is not (or no longer) connected.</summary>
    SocketDetails? Describe(string socketId);

    /// <summary>Makes a connected socket join rooms, as if it had called it itself.</summary>
    void Join(string socketId, IReadOnlyList<string> rooms);

    /// <summary>Makes a connected socket leave rooms.</summary>
    void Leave(string socketId, IReadOnlyList<string> rooms);

    /// <summary>Disconnects a socket; with <paramref name="close"/> its whole connection.</summary>
    void Disconnect(string socketId, bool close);

    /// <summary>Raises an event that another worker sent with a server-side emit.</summary>
    /// <param name="body">Name and arguments, in the factory's <see cref="IAdapterFactory.ServerSideFormat"/> whatever the server's parser.</param>
    /// <param name="answer">Takes the answer, at most once; null when none is wanted.</param>
    void RaiseServerSide(PacketBody body, Action<PacketBody>? answer);
}

/// <summary>A namespace that knows what to do when the application's code throws.</summary>
internal interface IGuardingHost
{
    /// <summary>Through it the application's listeners are called.</summary>
    Guard Guard { get; }
}

/// <summary>A namespace that knows whether it is alone with this library.</summary>
internal interface IQuietHost
{
    /// <summary>True while to deliver something runs no code of the application's: no listener hears of it, no parser of its own writes it.</summary>
    bool IsQuiet { get; }
}

/// <summary>A namespace that says by which name it is told apart where there must be few.</summary>
internal interface INamespaceKind
{
    /// <summary>Its name; of one that was made for a client, what it was made from.</summary>
    string Kind { get; }
}

/// <summary>An adapter that takes packets up to a size, which the namespace's name counts for.</summary>
internal interface IBoundedAdapter
{
    /// <summary>Refuses a broadcast as sending it would, and sends nothing.</summary>
    /// <exception cref="BroadcastTooLargeException">It is too large to cross.</exception>
    void ThrowIfTooLarge(PacketBody body, BroadcastOptions options);
}

/// <summary>A namespace whose clients may come back after a lost connection.</summary>
internal interface IRecoveringHost
{
    /// <summary>Records what they may miss; null when recovery is off.</summary>
    SessionStore? Sessions { get; }

    /// <summary>What can be copied to other workers; null when recovery is off.</summary>
    ISessionSnapshots? Snapshots { get; }

    /// <summary>Gives a session to another worker whose client shows its secret; a connection of this worker that still has it is closed first.</summary>
    /// <param name="privateId">The secret.</param>
    /// <param name="offset">The last packet the client says it has seen.</param>
    /// <returns>The session, its data as JSON; or why there is none.</returns>
    Task<SessionReply> GiveAsync(string privateId, string? offset);
}
