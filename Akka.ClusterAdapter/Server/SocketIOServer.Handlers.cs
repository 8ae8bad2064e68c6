using System.Text.Json;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Server;

/// <content>How user code is called: started in order, never waited for, its exceptions logged.</content>
public sealed partial class SocketIOServer
{
    /// <summary>Starts the handlers of an event. Without an answering handler the acknowledgement is empty and follows the first that completes.</summary>
    internal void Invoke(ReadOnlySpan<SocketEvents.Entry> handlers, EventContext context, string ns)
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

    /// <summary>A handler class as a connection handler.</summary>
    internal Func<Socket, ValueTask> HandlerOf<THandler>()
        where THandler : SocketHandler
    {
        var scopes = Services?.GetService(typeof(IServiceScopeFactory)) as IServiceScopeFactory
            ?? throw new InvalidOperationException("Handler classes need the application's services: use AddSocketIO.");
        return new HandlerMethods<THandler>(scopes, Parameters).ConnectAsync;
    }

    /// <summary>Calls user code and looks after what it returns.</summary>
    internal void Start<THandler, TArg>(Func<THandler, TArg, ValueTask> call, THandler handler, TArg arg, string ns)
    {
        var name = (arg as EventContext)?.Name ?? "connection";
        try
        {
            Observe(call(handler, arg), name, ns);
        }
        catch (Exception e)
        {
            Failed(e, name, ns);
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

    /// <summary>The one place where a task is let go: its exception is logged.</summary>
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

    private async Task AwaitAsync(ValueTask task, string name, string ns)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failed(e, name, ns);
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
