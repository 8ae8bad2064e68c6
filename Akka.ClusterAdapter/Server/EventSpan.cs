using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// The span of one event: from its packet until the last of its handlers has completed. It is current while they run. Made only for events whose span
/// somebody wants.
/// </summary>
internal sealed class EventSpan
{
    private readonly Activity _activity;
    private readonly Guard _guard;
    private int _running = 1;
    private volatile bool _hasOutcome;

    private EventSpan(Activity activity, Guard guard) => (_activity, _guard) = (activity, guard);

    /// <summary>Begins that of a client's event, as the current one. The caller puts back what was current before.</summary>
    /// <param name="context">The event.</param>
    /// <param name="name">Its name where there must be few.</param>
    public static EventSpan? Begin(EventContext context, string name)
    {
        var socket = context.Socket!;
        // A poll's request is over before its events are; a WebSocket's is not what they are part of either.
        var request = Activity.Current?.Context ?? default;
        var guard = socket.Namespace.Server.Guard;
        if (Traces.StartApart(
            Spans.Event, ActivityKind.Server, guard, ClientTrace.ParentOf(socket.Handshake, socket.Namespace.Server.Options)) is not { } activity)
            return null;
        var kind = socket.Namespace.Kind;
        activity.DisplayName = $"{kind} {name}";
        if (!activity.IsAllDataRequested)
            return new(activity, guard);
        if (request != default)
            activity.AddLink(new(request));
        activity.SetTag("rpc.system", "socketio").SetTag("rpc.service", kind).SetTag("rpc.method", name);
        ClientTrace.Describe(activity, socket.Client.Engine, socket.Namespace.Server);
        activity.SetTag("socketio.namespace", socket.Namespace.Name).SetTag("socketio.socket.id", socket.Id).SetTag("socketio.wants_ack", context.WantsAck);
        return new(activity, guard);
    }

    /// <summary>Begins that of another worker's event, within the present one.</summary>
    public static EventSpan? BeginServerSide(EventContext context, Namespace ns)
    {
        if (Traces.Start(Spans.ServerSideEvent, ActivityKind.Internal, ns.Server.Guard) is not { } activity)
            return null;
        activity.DisplayName = $"{ns.Kind} {(ns.Life.ServerSide.Has(context.Name) ? context.Name : ServerMetrics.Other)}";
        activity.SetTag("socketio.namespace", ns.Name).SetTag("socketio.event", context.Name).SetTag("socketio.wants_ack", context.WantsAck);
        return new(activity, ns.Server.Guard);
    }

    /// <summary>A handler begins.</summary>
    public void Enter() => Interlocked.Increment(ref _running);

    /// <summary>A handler has ended.</summary>
    public void Ended(string outcome)
    {
        if (outcome != EventOutcomes.Completed)
            Set(outcome);
        End();
    }

    /// <summary>A handler threw, or would not.</summary>
    public void Failed(Exception e) => Traces.Fail(_activity, e);

    /// <summary>The answer leaves.</summary>
    public void Acknowledged() => _activity.AddEvent(new("ack"));

    public void HandledByNobody() => Set("unhandled");

    /// <summary>All that was to be started was.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _running) > 0)
            return;
        if (!_hasOutcome)
            Set(EventOutcomes.Completed);
        Traces.Stop(_activity, _guard);
    }

    private void Set(string outcome)
    {
        _hasOutcome = true;
        _activity.SetTag("socketio.outcome", outcome);
    }
}
