using System.Diagnostics;
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

    /// <summary>False for one beside which another handler's result is the acknowledgement: its failure is not.</summary>
    public bool IsAnswer { get; init; } = true;
}

/// <summary>
/// Runs the application's handlers. They are started in order and never waited for. Each is counted while it runs: a server that stops waits for
/// them. What one throws is logged and counted, and reaches nobody else.
/// </summary>
/// <param name="metrics">Where failures are counted.</param>
/// <param name="logger">Where they are logged.</param>
/// <param name="answersErrors"><see cref="SocketIOOptions.AckErrors"/>.</param>
internal sealed partial class EventDispatcher(ServerMetrics metrics, ILogger logger, bool answersErrors)
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
        var socket = context.Socket!;
        var call = new HandlerCall(HandlerKind.Event, context.Name, socket.Namespace.Name, socket.Client) { IsOwed = context.WantsAck };
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
        var handlers = new CalledHandlers();
        ns.Life.ServerSide.Take(context.Name, ref handlers);
        if (handlers.Count == 0)
            Log.ServerSideHandledByNobody(logger, context.Name, ns.Name);
        StartAll(handlers, context, new(HandlerKind.ServerSide, context.Name, ns.Name) { IsOwed = context.WantsAck });
    }

    /// <summary>A client was admitted.</summary>
    public void Connected(Socket socket)
    {
        foreach (var handler in socket.Namespace.Life.ConnectionHandlers)
            Start(new(HandlerKind.Connection, "connection", socket.Namespace.Name), static (handler, socket) => socket.Life.CountWhileConnecting(handler(socket)), handler, socket);
    }

    /// <summary>A client leaves, or has left.</summary>
    public void Disconnected(Func<DisconnectReason, ValueTask>[] handlers, DisconnectReason reason, string ns)
    {
        foreach (var handler in handlers)
            Start(new(HandlerKind.Disconnect, "disconnect", ns), static (handler, reason) => handler(reason), handler, reason);
    }

    /// <summary>The same for handlers of the namespace, each of which hears of all its sockets.</summary>
    public void Disconnected(Func<Socket, DisconnectReason, ValueTask>[] handlers, Socket socket, DisconnectReason reason)
    {
        foreach (var handler in handlers)
            Start(new(HandlerKind.Disconnect, "disconnect", socket.Namespace.Name), static (handler, it) => handler(it.socket, it.reason), handler, (socket, reason));
    }

    /// <summary>Calls the application's code and counts it as running until what it returns has completed.</summary>
    public void Start<THandler, TArg>(in HandlerCall of, Func<THandler, TArg, ValueTask> call, THandler handler, TArg arg)
    {
        Begin(of);
        var start = of.Event is not null && metrics.TimesEvents ? Stopwatch.GetTimestamp() : 0;
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
                Start(call with { IsAnswer = !answered || handlers[i].Plan.Answers }, static (handler, context) => handler.InvokeAsync(context), handlers[i], context);
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
        if (socket.Life.IsConnectionHandlerRunning && socket.Life.IsFirstUnhandled)
            Log.HandledTooLate(logger, context.Name, socket.Namespace.Name);
        else
            Log.HandledByNobody(logger, context.Name, socket.Id, socket.Namespace.Name);
        if (answersErrors)
            context.Fail(new(FailureCodes.UnknownEvent, "Nobody handles this event."));
    }

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
        of.Client?.Running.Begin(of.IsOwed);
    }

    private void End(in HandlerCall of, long start, string outcome)
    {
        if (start != 0)
            metrics.EventEnded(of.Name, of.Event!.Namespace.Kind, outcome, Stopwatch.GetElapsedTime(start));
        of.Client?.Running.End(of.IsOwed);
        Running.End(of.Kind);
    }

    /// <summary>Tells of an exception; how the handler has ended.</summary>
    private string Failed(Exception e, in HandlerCall of)
    {
        if (e is EventException told && of.Event is not null)
        {
            metrics.Rejected(told.Rejection);
            Log.Refused(logger, of.Name, of.Namespace, told.Message);
            Answer(of, new(told.Code, told.Message, told.ErrorData));
            return EventOutcomes.Refused;
        }

        if (e is ArgumentRefusedException or ProtocolException)
        {
            metrics.Rejected(Rejections.Arguments);
            Log.DoesNotFit(logger, of.Name, of.Namespace, e.Message);
            var known = e as ArgumentRefusedException;
            if (answersErrors)
                Answer(of, new(FailureCodes.InvalidArguments, known?.ForClient ?? "The arguments do not fit.", known?.Errors));
            return EventOutcomes.Refused;
        }

        HandlerFailed(e, of.Name, of.Namespace);
        if (answersErrors)
            Answer(of, new(FailureCodes.Failed, "Internal server error"));
        return EventOutcomes.Failed;
    }

    private static void Answer(in HandlerCall of, EventFailure failure)
    {
        if (of.IsAnswer)
            of.Event?.Fail(failure);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A handler of \"{Event}\" in {Namespace} threw.")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string @event, string @namespace);

        [LoggerMessage(2, LogLevel.Warning, "Event \"{Event}\" in {Namespace} was dropped: its arguments do not fit the handler. {Reason}")]
        public static partial void DoesNotFit(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(3, LogLevel.Debug, "Event \"{Event}\" of socket {SocketId} in {Namespace} is handled by nobody.")]
        public static partial void HandledByNobody(ILogger logger, string @event, string socketId, string @namespace);

        [LoggerMessage(4, LogLevel.Debug, "Server-side event \"{Event}\" in {Namespace} is handled by nobody on this worker.")]
        public static partial void ServerSideHandledByNobody(ILogger logger, string @event, string @namespace);

        [LoggerMessage(5, LogLevel.Warning,
            "The application's services were disposed before its server was closed, so {Handler} was not called for its last clients: "
            + "stop the application (StopAsync) before it is disposed.")]
        public static partial void ServicesGone(ILogger logger, string handler);

        [LoggerMessage(7, LogLevel.Debug, "Event \"{Event}\" in {Namespace} was refused by its handler: {Reason}")]
        public static partial void Refused(ILogger logger, string @event, string @namespace, string reason);

        [LoggerMessage(6, LogLevel.Warning,
            "Event \"{Event}\" in {Namespace} is handled by nobody, and a connection handler of its socket has not completed: if it adds the handler after an await, it comes too late. "
            + "Add handlers before the first await, or to the namespace: io.Of(\"{Namespace}\").On(\"{Event}\", …).")]
        public static partial void HandledTooLate(ILogger logger, string @event, string @namespace);
    }
}
