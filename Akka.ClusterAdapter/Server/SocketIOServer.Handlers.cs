using System.Text.Json;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <content>How user code is called: started in order, never waited for, its exceptions logged.</content>
public sealed partial class SocketIOServer
{
    /// <summary>Starts the handlers of an event. Without an answering handler the acknowledgement is empty and follows the first that completes.</summary>
    internal void Invoke(ReadOnlySpan<EventHandlers.Entry> handlers, EventContext context, string ns)
    {
        var answered = false;
        foreach (var handler in handlers)
            answered |= handler.Binding.Answers;
        foreach (var handler in handlers)
        {
            if (context.WantsAck && !answered)
                Start(static (b, e) => ThenAckAsync(b, e), handler.Binding, context, ns);
            else
                Start(static (b, e) => b.InvokeAsync(e), handler.Binding, context, ns);
        }
    }

    internal void RaiseConnection(Socket socket)
    {
        foreach (var handler in socket.Namespace.Life.ConnectionHandlers)
            Start(static (h, s) => h(s), handler, socket, socket.Namespace.Name);
    }

    internal void RaiseServerSide(Namespace ns, PacketBody body, Action<PacketBody>? answer)
    {
        var context = new EventContext(null, ServerSideFormat, ServerSideFormat.Read(PacketType.Event, body), answer);
        var handlers = ns.Life.ServerSide.Take(context.Name);
        if (handlers.IsEmpty)
            Log.HandledByNobody(Logger, context.Name, ns.Name);
        Invoke(handlers, context, ns.Name);
    }

    /// <summary>A handler class as a connection handler.</summary>
    internal Func<Socket, ValueTask> HandlerOf<THandler>()
        where THandler : SocketHandler
    {
        var scopes = Services?.GetService(typeof(IServiceScopeFactory)) as IServiceScopeFactory
            ?? throw new InvalidOperationException("Handler classes need the application's services: use AddSocketIO.");
        return new HandlerMethods<THandler>(scopes, Parameters).ConnectAsync;
    }

    /// <summary>Calls user code, counts it as running until what it returns has completed, and looks after its exceptions.</summary>
    internal void Start<THandler, TArg>(Func<THandler, TArg, ValueTask> call, THandler handler, TArg arg, string ns, HandlerKind kind = HandlerKind.Connection, string name = "connection")
    {
        if (arg is EventContext context)
        {
            name = context.Name;
            kind = kind == HandlerKind.Middleware ? kind : context.Socket is null ? HandlerKind.ServerSide : HandlerKind.Event;
        }

        var run = new HandlerRun(this, kind, arg as EventContext);
        ValueTask running;
        try
        {
            running = call(handler, arg);
        }
        catch (Exception e)
        {
            Failed(e, name, ns);
            run.End();
            return;
        }

        if (running.IsCompletedSuccessfully)
        {
            running.GetAwaiter().GetResult();
            run.End();
        }
        else
        {
            _ = AwaitAsync(running, name, ns, run);
        }
    }

    /// <summary>Does what must not fail: what an adapter throws, at once or later, is logged and counted.</summary>
    internal void Attempt<TState>(string root, Func<TState, ValueTask> call, TState state)
    {
        try
        {
            var done = call(state);
            if (!done.IsCompletedSuccessfully)
                Guard.Observe(root, done.AsTask());
        }
        catch (Exception e)
        {
            Guard.Fail(root, e);
        }
    }

    /// <summary>A task of the library's own is let go: its exception is logged.</summary>
    internal void Observe(ValueTask task, string name, string ns = "/")
    {
        if (task.IsCompletedSuccessfully)
            task.GetAwaiter().GetResult();
        else
            _ = AwaitAsync(task, name, ns);
    }

    /// <summary>User code threw: logged and counted, nothing more.</summary>
    internal void HandlerFailed(Exception e, string name, string ns)
    {
        Metrics.Failed("handler");
        Socket.Log.HandlerFailed(Logger, e, name, ns);
    }

    private static ValueTask ThenAckAsync(EventBinding binding, EventContext context)
    {
        var running = binding.InvokeAsync(context);
        return running.IsCompletedSuccessfully ? context.AckAsync() : Then(running, context);

        static async ValueTask Then(ValueTask running, EventContext context)
        {
            await running.ConfigureAwait(false);
            await context.AckAsync().ConfigureAwait(false);
        }
    }

    private async Task AwaitAsync(ValueTask task, string name, string ns, HandlerRun run = default)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failed(e, name, ns);
        }
        finally
        {
            run.End();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(12, LogLevel.Debug, "Server-side event \"{Event}\" in {Namespace} is handled by nobody on this worker.")]
        public static partial void HandledByNobody(ILogger logger, string @event, string @namespace);
    }

    /// <summary>One handler that runs: the server waits for it when it stops, and its client's connection is held for it.</summary>
    private readonly struct HandlerRun
    {
        private readonly SocketIOServer? _server;
        private readonly Client? _client;
        private readonly HandlerKind _kind;
        private readonly bool _isOwed;

        public HandlerRun(SocketIOServer server, HandlerKind kind, EventContext? context)
        {
            (_server, _kind, _client) = (server, kind, context?.Socket?.Client);
            _isOwed = context?.WantsAck == true;
            server.Running.Begin(kind);
            _client?.BeginHandler(_isOwed);
        }

        public void End()
        {
            _client?.EndHandler(_isOwed);
            _server?.Running.End(_kind);
        }
    }

    private void Failed(Exception e, string name, string ns)
    {
        if (e is JsonException or ProtocolException)
        {
            Metrics.Rejected(Rejections.Arguments);
            Socket.Log.DoesNotFit(Logger, name, ns, e.Message);
        }
        else
        {
            HandlerFailed(e, name, ns);
        }
    }
}
