using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>A connected socket as other workers see it: a snapshot.</summary>
/// <param name="Id">Socket id.</param>
/// <param name="WorkerId">The worker that serves it; empty until an adapter names itself.</param>
/// <param name="Rooms">Rooms it is in, its own id's included.</param>
/// <param name="Handshake">JSON of its <see cref="Server.Handshake"/>.</param>
/// <param name="Data">JSON of its data; <c>{}</c> when it has none.</param>
[Experimental(AdapterContract.Id)]
public sealed record SocketDetails(string Id, string WorkerId, ImmutableArray<string> Rooms, ReadOnlyMemory<byte> Handshake, ReadOnlyMemory<byte> Data);
