using System.Diagnostics;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Loops;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Server.Handlers;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>What of the application's code is called.</summary>
/// <param name="Kind">Of what kind it is.</param>
/// <param name="Name">The event's name, or another word for the log.</param>
/// <param name="Namespace">The namespace it is for.</param>
/// <param name="Client">The client whose connection is held while it runs; null when none is.</param>
/// <param name="Event">The client's event that it is for; null when none is.</param>
internal readonly record struct HandlerCall(HandlerKind Kind, string Name, string Namespace, Client? Client = null, EventContext? Event = null)
{
    /// <summary>That client waits for an answer.</summary>
    public bool IsOwed { get; init; } = Event?.WantsAck == true;

    /// <summary>True for what runs before the event's handlers: it is no handler of it.</summary>
    public bool IsBefore { get; init; }

    /// <summary>The client's event that this is a handler of; null when it is none.</summary>
    public EventContext? Handled => IsBefore ? null : Event;

    /// <summary>False for one beside which another handler's result is the acknowledgement: its failure is not.</summary>
    public bool IsAnswer { get; init; } = true;
}

/// <summary>
/// Runs the application's handlers. They are started in order and never waited for. Each is counted while it runs: a server that stops waits for
/// them. What one throws is logged and counted, and reaches nobody else.
/// </summary>
/// <param name="metrics">Where failures are counted.</param>
/// <param name="logger">Where they are logged.</param>
/// <param name="options"><see cref="SocketIOOptions.AckErrors"/> and <see cref="SocketIOOptions.LogScopes"/>.</param>
internal sealed partial class EventDispatcher(ServerMetrics metrics, ILogger logger, SocketIOOptions options)
{
    private int _servicesGone;

    /// <summary>The application's code that runs now.</summary>
    public RunningHandlers Running { get; } = new();

    /// <summary>
    /// An event of a client. First come its catch-all handlers, then the packet middlewares, then the handlers of its name; what they return is the
    /// acknowledgement.
    /// </summary>
    public void Dispatch(EventContext context, SocketListeners listeners)
    {
        if (metrics.CountsEvents)
            metrics.EventReceived(KnownName(context, listeners), context.Namespace.Kind);
        if (Traces.IsOn || options.LogScopes)
            Follow(context, listeners);
        else
            Start(context, listeners);
    }

    /// <summary>The same within a span and a scope of the log.</summary>
    private void Follow(EventContext context, SocketListeners listeners)
    {
        var before = Activity.Current;
        using var scope = ScopeOf(context.Socket!);
        var span = Traces.IsOn ? EventSpan.Begin(context, KnownName(context, listeners)) : null;
        try
        {
            context.Span = span;
            Start(context, listeners);
        }
        finally
        {
            span?.End();
            Activity.Current = before;
        }
    }

    private void Start(EventContext context, SocketListeners listeners)
    {
        var socket = context.Socket!;
        var call = new HandlerCall(HandlerKind.Event, context.Name, socket.Namespace.Name, socket.Client, context) { IsBefore = true };
        foreach (var handler in listeners.Any)
            Start(call, static (handler, context) => handler(context), handler, context);
        if (listeners.Middlewares.Length == 0)
            Handle(context, listeners);
        else
            Start(call with { Kind = HandlerKind.Middleware }, static (run, _) => run.RunAsync(), new PacketMiddlewares(this, context, listeners), context);
    }

    /// <summary>A client's event that all packet middlewares let through.</summary>
    public void Handle(EventContext context, SocketListeners listeners)
    {
        var socket = context.Socket!;
        var life = socket.Namespace.Life;
        var handlers = new CalledHandlers();
        life.Parent?.Events.Take(context.Name, ref handlers);
        life.Events.Take(context.Name, ref handlers);
        listeners.Events.Take(context.Name, ref handlers);
        if (handlers.Count == 0 && listeners.Any.Length == 0)
            HandledByNobody(context, socket);
        StartAll(handlers, context, new(HandlerKind.Event, context.Name, socket.Namespace.Name, socket.Client, context));
    }

    /// <summary>An event of another worker.</summary>
    public void Dispatch(EventContext context, Namespace ns)
    {
        var before = Traces.Current;
        var span = before is null ? null : EventSpan.BeginServerSide(context, ns);
        try
        {
            context.Span = span;
            Start(context, ns);
        }
        finally
        {
            if (span is not null)
            {
                span.End();
                Activity.Current = before;
            }
        }
    }

    private void Start(EventContext context, Namespace ns)
    {
        var handlers = new CalledHandlers();
        ns.Life.ServerSide.Take(context.Name, ref handlers);
        if (handlers.Count == 0)
            Log.ServerSideHandledByNobody(logger, context.Name, ns.Name);
        StartAll(handlers, context, new(HandlerKind.ServerSide, context.Name, ns.Name, Event: context) { IsBefore = true });
    }

    /// <summary>A client was admitted.</summary>
    public void Connected(Socket socket)
    {
        using var scope = ScopeOf(socket);
        foreach (var handler in socket.Namespace.Life.ConnectionHandlers)
            Start(
                new(HandlerKind.Connection, "connection", socket.Namespace.Name),
                static (handler, socket) => socket.Life.CountWhileConnecting(handler(socket)), handler, socket);
    }

    /// <summary>A client leaves, or has left.</summary>
    public void Disconnected(Func<DisconnectReason, ValueTask>[] handlers, Socket socket, DisconnectReason reason)
    {
        using var scope = handlers.Length > 0 ? ScopeOf(socket) : null;
        foreach (var handler in handlers)
            Start(new(HandlerKind.Disconnect, "disconnect", socket.Namespace.Name), static (handler, reason) => handler(reason), handler, reason);
    }

    /// <summary>The same for handlers of the namespace, each of which hears of all its sockets.</summary>
    public void Disconnected(Func<Socket, DisconnectReason, ValueTask>[] handlers, Socket socket, DisconnectReason reason)
    {
        using var scope = handlers.Length > 0 ? ScopeOf(socket) : null;
        foreach (var handler in handlers)
            Start(
                new(HandlerKind.Disconnect, "disconnect", socket.Namespace.Name),
                static (handler, it) => handler(it.socket, it.reason), handler, (socket, reason));
    }

    /// <summary>Calls the application's code and counts it as running until what it returns has completed.</summary>
    public void Start<THandler, TArg>(in HandlerCall of, Func<THandler, TArg, ValueTask> call, THandler handler, TArg arg)
    {
        Begin(of);
        var start = of.Handled is not null && metrics.TimesEvents ? Stopwatch.GetTimestamp() : 0;
        ValueTask running;
        try
        {
            running = call(handler, arg);
        }
        catch (Exception e)
        {
            End(of, start, Failed(e, of));
            return;
        }

        if (running.IsCompletedSuccessfully)
        {
            running.GetAwaiter().GetResult();
            End(of, start, EventOutcomes.Completed);
        }
        else
        {
            _ = AwaitAsync(running, of, start);
        }
    }

    /// <summary>A task of the library's own that the application's objects may fail: nobody waits for it, its exception is logged.</summary>
    public void Observe(ValueTask task, string name, string ns)
    {
        if (task.IsCompletedSuccessfully)
            task.GetAwaiter().GetResult();
        else
            _ = ObserveAsync(task, new(HandlerKind.Event, name, ns));
    }

    /// <summary>The application's code threw: logged and counted, nothing more.</summary>
    public void HandlerFailed(Exception e, string name, string ns)
    {
        metrics.Failed("handler");
        Log.HandlerFailed(logger, e, name, ns);
    }

    /// <summary>A handler class was to be called whose services are disposed already. Told once.</summary>
    public void MissServices(string handler)
    {
        if (Interlocked.Exchange(ref _servicesGone, 1) == 0)
            Log.ServicesGone(logger, handler);
    }

    /// <summary>Without an answering handler the acknowledgement is empty and follows the first that completes.</summary>
    private void StartAll(in CalledHandlers handlers, EventContext context, in HandlerCall call)
    {
        var answered = handlers.Answer;
        for (var i = 0; i < handlers.Count; i++)
        {
            if (context.WantsAck && !answered)
                Start(call, static (handler, context) => ThenAckAsync(handler, context), handlers[i], context);
            else
                Start(
                    call with { IsAnswer = !answered || handlers[i].Plan.Answers },
                    static (handler, context) => handler.InvokeAsync(context), handlers[i], context);
        }
    }

    private static ValueTask ThenAckAsync(EventHandlers.Entry handler, EventContext context)
    {
        var running = handler.InvokeAsync(context);
        return running.IsCompletedSuccessfully ? context.AckAsync() : Then(running, context);

        static async ValueTask Then(ValueTask running, EventContext context)
        {
            await running.ConfigureAwait(false);
            await context.AckAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Told as a warning when the application may have meant to handle it and is late.</summary>
    private void HandledByNobody(EventContext context, Socket socket)
    {
        context.Span?.HandledByNobody();
        if (socket.Life.IsConnectionHandlerRunning && socket.Life.IsFirstUnhandled)
            Log.HandledTooLate(logger, context.Name, socket.Namespace.Name);
        else
            Log.HandledByNobody(logger, context.Name, socket.Id, socket.Namespace.Name);
        if (options.AckErrors)
            context.Fail(new(FailureCodes.UnknownEvent, "Nobody handles this event."));
    }

    /// <summary>The event's name where there must be few of them: those that somebody handles.</summary>
    private static string KnownName(EventContext context, SocketListeners listeners)
    {
        var life = context.Namespace.Life;
        var isKnown = listeners.Events.Has(context.Name) || life.Events.Has(context.Name) || life.Parent?.Events.Has(context.Name) == true;
        return isKnown ? context.Name : ServerMetrics.Other;
    }

    /// <summary>Whose handlers run, for the log; null unless that is wanted.</summary>
    private IDisposable? ScopeOf(Socket socket) => options.LogScopes ? SocketScope.Begin(logger, socket) : null;

    private async Task AwaitAsync(ValueTask task, HandlerCall of, long start) => End(of, start, await ObserveAsync(task, of).ConfigureAwait(false));

    private async Task<string> ObserveAsync(ValueTask task, HandlerCall of)
    {
        try
        {
            await task.ConfigureAwait(false);
            return EventOutcomes.Completed;
        }
        catch (Exception e)
        {
            return Failed(e, of);
        }
    }

    private void Begin(in HandlerCall of)
    {
        Running.Begin(of.Kind);
        Shift.IsAt(of.Name);
        of.Event?.Span?.Enter();
        of.Client?.Running.Begin(of.IsOwed);
    }

    private void End(in HandlerCall of, long start, string outcome)
    {
        if (start != 0)
            metrics.EventEnded(of.Name, of.Handled!.Namespace.Kind, outcome, Stopwatch.GetElapsedTime(start));
        of.Event?.Span?.Ended(outcome);
        of.Handled?.Socket?.EventHandled();
        of.Client?.Running.End(of.IsOwed);
        Running.End(of.Kind);
    }

    /// <summary>Tells of an exception; how the handler has ended.</summary>
    private string Failed(Exception e, in HandlerCall of)
    {
        if (e is OperationCanceledException && of.Event?.Socket?.Disconnected.IsCancellationRequested == true)
        {
            Log.Cancelled(logger, of.Name, of.Namespace);
            return EventOutcomes.Cancelled;
        }

        of.Event?.Span?.Failed(e);
        if (e is EventException told && of.Handled is not null)
        {
            metrics.Rejected(told.Rejection);
            Log.Refused(logger, of.Name, of.Namespace, told.Message);
            Answer(of, new(told.Code, told.Message, told.ErrorData));
            return EventOutcomes.Refused;
        }

        if (e is ArgumentRefusedException or ProtocolException)
        {
            metrics.Rejected(Rejections.Arguments);
            if (of.Kind == HandlerKind.ServerSide)
                Log.ServerSideDoesNotFit(logger, of.Name, of.Namespace, e.Message);
            else
                Log.DoesNotFit(logger, of.Name, of.Namespace, e.Message);
            var known = e as ArgumentRefusedException;
            if (options.AckErrors)
                Answer(of, new(FailureCodes.InvalidArguments, known?.ForClient ?? "The arguments do not fit.", known?.Errors));
            return EventOutcomes.Refused;
        }

        if (e is IRoomLimit && of.Handled is not null)
        {
            Log.AtLimit(logger, of.Name, of.Namespace, e.Message);
            if (options.AckErrors)
                Answer(of, new(FailureCodes.Failed, "Internal server error"));
            return EventOutcomes.Refused;
        }

        HandlerFailed(e, of.Name, of.Namespace);
        if (options.AckErrors)
            Answer(of, new(FailureCodes.Failed, "Internal server error"));
        return EventOutcomes.Failed;
    }

    private static void Answer(in HandlerCall of, EventFailure failure)
    {
        if (of.IsAnswer)
            of.Handled?.Fail(failure);
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "A handler of \"{Event}\" in {Namespace} threw.")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string @event, string @namespace);

        [LoggerMessage(2010, LogLevel.Warning, "A handler of \"{Event}\" in {Namespace} ran into a limit: {Reason}", EventName = "HandlerAtLimit")]
        public static partial void AtLimit(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(2009, LogLevel.Debug, "A handler of \"{Event}\" in {Namespace} ended because its client has left.", EventName = "HandlerCancelled")]
        public static partial void Cancelled(ILogger logger, string @event, string @namespace);

        [LoggerMessage(2002, LogLevel.Debug,
            "Event \"{Event}\" in {Namespace} was dropped: its arguments do not fit the handler. {Reason}",
            EventName = "ArgumentsDoNotFit")]
        public static partial void DoesNotFit(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(2008, LogLevel.Warning,
            "Server-side event \"{Event}\" in {Namespace} was dropped: its arguments do not fit this worker's handler. {Reason}",
            EventName = "ServerSideArgumentsDoNotFit")]
        public static partial void ServerSideDoesNotFit(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(2003, LogLevel.Debug, "Event \"{Event}\" of socket {SocketId} in {Namespace} is handled by nobody.")]
        public static partial void HandledByNobody(ILogger logger, string @event, string socketId, string @namespace);

        [LoggerMessage(2004, LogLevel.Debug, "Server-side event \"{Event}\" in {Namespace} is handled by nobody on this worker.")]
        public static partial void ServerSideHandledByNobody(ILogger logger, string @event, string @namespace);

        [LoggerMessage(2005, LogLevel.Warning,
            "The application's services were disposed before its server was closed, so {Handler} was not called for its last clients: "
            + "stop the application (StopAsync) before it is disposed.")]
        public static partial void ServicesGone(ILogger logger, string handler);

        [LoggerMessage(2007, LogLevel.Debug, "Event \"{Event}\" in {Namespace} was refused by its handler: {Reason}", EventName = "EventRefused")]
        public static partial void Refused(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(2006, LogLevel.Warning,
            "Event \"{Event}\" in {Namespace} is handled by nobody, and a connection handler of its socket has not completed: "
            + "if it adds the handler after an await, it comes too late. "
            + "Add handlers before the first await, or to the namespace: io.Of(\"{Namespace}\").On(\"{Event}\", …).")]
        public static partial void HandledTooLate(ILogger logger, string @event, string @namespace);
    }
}
