using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
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
            return new { ok = false, error = e.Message, responses = e.PartialAnswers.Select(First), missing = e.Missing };
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
        var answer = new ControlValue(request.Value("answer"));
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

    /// <summary>An answer's first value: the answer is a JSON array of them.</summary>
    private static JsonElement? First(WorkerAnswer answer)
    {
        using var values = JsonDocument.Parse(answer.Body.Data);
        return values.RootElement.GetArrayLength() == 0 ? null : values.RootElement[0].Clone();
    }
}
