using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Testing;

/// <content>How it gets in.</content>
public sealed partial class SocketIOTestClient
{
    internal async Task ConnectAsync()
    {
        _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Reopen();
        await Connection.SendAsync(new PacketHeader(PacketType.Connect, Namespace), Auth()).ConfigureAwait(false);
        var limit = Connection.Options.Deadline;
        try
        {
            await _admitted.Task.WaitAsync(Deadlines.Of(limit), TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new EventTimeoutException(WaitedInVain("The admission", limit));
        }

        // Its connection handlers are being started: what they do before they wait for something is done when the test goes on.
        await Deadlines.UntilAsync(() => FindSocket() is not { Life.IsOpening: true }, limit, () => "Connection handlers block their thread.", default)
            .ConfigureAwait(false);
    }

    // {"token":"x","pid":"…","offset":"…"}
    private PacketBody? Auth()
    {
        if (_auth is null && _privateId is null)
            return null;
        var auth = JsonSerializer.SerializeToNode(_auth, Connection.Parser.JsonOptions);
        if (auth is not (null or JsonObject))
            throw new InvalidOperationException("The auth of a client is an object, such as new { token = \"…\" }.");
        if (_privateId is not null)
        {
            auth ??= new JsonObject();
            auth["pid"] = _privateId;
            if (_lastOffset is not null)
                auth["offset"] = _lastOffset;
        }

        return EventBody.Answer(Connection.Parser, auth);
    }

    private void Admit(JsonElement reply)
    {
        var pid = reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("pid", out var given) ? given.GetString() : null;
        Recovered = pid is not null && pid == _privateId;
        _privateId = pid;
        Id = reply.GetProperty("sid").GetString()!;
        _isConnected = true;
        _admitted.TrySetResult();
    }

    private void Refuse(JsonElement error)
    {
        var isObject = error.ValueKind == JsonValueKind.Object;
        var message = isObject && error.TryGetProperty("message", out var text) ? text.ToString() : error.ToString();
        _admitted.TrySetException(new ConnectRefusedException(message, isObject && error.TryGetProperty("data", out var data) ? data : null));
    }
}
