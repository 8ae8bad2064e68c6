using System.Diagnostics.CodeAnalysis;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Adapters;

/// <summary>Told what becomes of each client that one worker asked for an acknowledgement. Calls may come from several threads.</summary>
[Experimental(AdapterContract.Id)]
public interface IAckSink
{
    /// <summary>The clients that were asked; called once, before any of the others.</summary>
    void Expect(ReadOnlySpan<string> socketIds);

    /// <summary>A client answered.</summary>
    void Answered(string socketId, PacketBody answer);

    /// <summary>A client left without an answer.</summary>
    void Lost(string socketId);
}
