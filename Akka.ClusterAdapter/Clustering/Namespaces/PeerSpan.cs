using System.Diagnostics;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Clustering.Namespaces;

/// <summary>
/// The spans of what is carried out for another worker, one for each message whatever the number of sockets. What was sent to many is linked to where it
/// comes from, what is answered is a part of it (docs/decisions/0085).
/// </summary>
/// <param name="adapter">The namespace.</param>
/// <param name="worker">This worker's name.</param>
internal sealed class PeerSpan(AkkaClusterAdapter adapter, string worker)
{
    /// <summary>Begins the span of a message, as the current one. Null unless its origin has said where it comes from and somebody wants it here.</summary>
    public Activity? Begin(OrderedMessage message)
    {
        if (message.Trace is not { } origin || !Traces.IsOn || OperationOf(message) is not { } operation)
            return null;
        var isAnswer = message is FetchSockets or ServerSideRequest;
        var span = isAnswer ? Answer(operation, origin) : Deliver(origin);
        if (span is { IsAllDataRequested: true })
            Describe(span, message, operation, isAnswer);
        return span;
    }

    /// <summary>The message is carried out, and nothing else is a part of its span on this thread; the span itself may go on.</summary>
    public static void Leave(Activity? span)
    {
        if (span is not null)
            Activity.Current = null;
    }

    private Activity? Answer(string operation, TraceTail origin)
    {
        var span = Traces.StartApart(Spans.Answer, ActivityKind.Server, adapter.Guard, origin.Context);
        span?.DisplayName = $"{operation} {Kind}";
        return span;
    }

    private Activity? Deliver(TraceTail origin)
    {
        var span = Traces.StartApart(Spans.Deliver, ActivityKind.Consumer, adapter.Guard);
        span?.DisplayName = $"deliver {Kind}";
        span?.AddLink(new(origin.Context));
        return span;
    }

    private string Kind => (adapter.Host as INamespaceKind)?.Kind ?? adapter.Host.Name;

    private void Describe(Activity span, OrderedMessage message, string operation, bool isAnswer)
    {
        if (isAnswer)
        {
            span.SetTag("rpc.system", "socketio").SetTag("rpc.service", Kind).SetTag("rpc.method", operation);
        }
        else
        {
            span.SetTag("messaging.system", "socketio").SetTag("messaging.operation.type", "process").SetTag("messaging.operation.name", operation)
                .SetTag("messaging.destination.name", Kind).SetTag("messaging.message.envelope.size", message.Size);
        }

        span.SetTag("socketio.namespace", adapter.Host.Name).SetTag("socketio.worker.id", worker);
        if (adapter.Server.Length > 0)
            span.SetTag("socketio.server", adapter.Server);
    }

    // What workers say to each other for themselves is nobody's trace.
    private static string? OperationOf(OrderedMessage message) => message switch
    {
        Broadcast => Operations.Publish,
        BroadcastWithAck => Operations.Ask,
        ChangeRooms { Join: true } => Operations.Join,
        ChangeRooms => Operations.Leave,
        DisconnectSockets => Operations.Disconnect,
        FetchSockets => Operations.Fetch,
        ServerSideEvent or ServerSideRequest => Operations.ServerSideEmit,
        _ => null,
    };
}
