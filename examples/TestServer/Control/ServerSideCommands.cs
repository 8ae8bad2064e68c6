using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary>Commands about events between workers.</summary>
internal static class ServerSideCommands
{
    private static readonly object Ok = new { ok = true };

    public static async Task<object> EmitAsync(ControlRequest request)
    {
        var ns = request.Namespace;
        var name = request.Text("event");
        if (!request.Flag("ack"))
        {
            await ns.ServerSideEmitArgsAsync(name, request.Args);
            return new { ok = true, responses = Array.Empty<object>() };
        }

        try
        {
            var answers = await ns.ServerSideEmitWithAckAsync<ControlValue>(name, request.Args, request.Timeout);
            return new { ok = true, responses = answers.Select(answer => answer.Json) };
        }
        catch (ClusterRequestTimeoutException e)
        {
            return new { ok = false, error = e.Message, responses = e.Answers<ControlValue>().Select(answer => answer.Value.Json), missing = e.Missing };
        }
    }

    public static Task<object> ListenAsync(ControlRequest request)
    {
        var ns = request.Namespace;
        var name = request.Text("event");
        var listener = request.Has("answer") ? Answer(request, ns, name) : Swallow(request, ns, name);
        request.State.Replace(ns, name, listener);
        return Task.FromResult(Ok);
    }

    public static Task<object> ReceivedAsync(ControlRequest request) =>
        Task.FromResult<object>(new { ok = true, events = request.State.TakeReceived(request.Namespace) });

    private static IDisposable Answer(ControlRequest request, Namespace ns, string name)
    {
        var answer = ControlValue.Of(request.Value("answer"));
        var state = request.State;
        return ns.OnServerSide(name, (EventContext e) =>
        {
            state.Remember(ns, e);
            return new ValueTask<ControlValue>(answer);
        });
    }

    /// <summary>A handler that completes would acknowledge with nothing; this one must never answer.</summary>
    private static IDisposable Swallow(ControlRequest request, Namespace ns, string name)
    {
        var state = request.State;
        return ns.OnServerSide(name, (EventContext e) =>
        {
            state.Remember(ns, e);
            return e.WantsAck ? new ValueTask(new TaskCompletionSource().Task) : default;
        });
    }
}
