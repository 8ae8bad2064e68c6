using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace TestServer.Control;

/// <summary>One command: a JSON object with the members that its operation needs.</summary>
internal sealed class ControlRequest(JsonElement body, SocketIOServer io, ControlState state)
{
    public SocketIOServer IO => io;

    public ControlState State => state;

    public string Operation => Text("op");

    public bool Has(string member) => body.TryGetProperty(member, out _);

    public string Text(string member) => Member(member, JsonValueKind.String).GetString()!;

    public string[] Texts(string member) => Has(member)
        ? [.. Member(member, JsonValueKind.Array)
            .EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(member))]
        : [];

    /// <summary>A list that cannot be left out.</summary>
    public string[] RequiredTexts(string member) => Has(member) ? Texts(member) : throw Wrong(member);

    public bool Flag(string member) => body.TryGetProperty(member, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null => false,
        _ => throw Wrong(member),
    };

    public TimeSpan? Timeout => !Has("timeoutMs") ? null
        : Member("timeoutMs", JsonValueKind.Number).TryGetInt32(out var ms) && ms >= 0 ? TimeSpan.FromMilliseconds(ms) : throw Wrong("timeoutMs");

    /// <summary>Arguments of an event; none when left out.</summary>
    public object?[] Args => Has("args") ? [.. Member("args", JsonValueKind.Array).EnumerateArray().Select(item => (object?)ControlValue.Of(item))] : [];

    public JsonElement Value(string member) => body.TryGetProperty(member, out var value) ? value.Clone() : throw Wrong(member);

    /// <summary>A namespace that exists: a command creates none, the profiles say which there are.</summary>
    public Namespace Namespace
    {
        get
        {
            var name = Has("nsp") ? Text("nsp") : "/";
            return io.Namespaces.FirstOrDefault(ns => ns.Name == name) ?? throw new ControlException($"there is no namespace {name}");
        }
    }

    /// <summary>The sockets that <c>nsp</c>, <c>rooms</c>, <c>except</c>, <c>local</c>, <c>volatile</c> and <c>timeoutMs</c> select.</summary>
    public BroadcastOperator Target
    {
        get
        {
            var target = Namespace.To(Texts("rooms")).Except(Texts("except"));
            if (Flag("local"))
                target = target.Local;
            if (Flag("volatile"))
                target = target.Volatile;
            return Timeout is { } timeout ? target.Timeout(timeout) : target;
        }
    }

    /// <summary>A socket of this worker: <c>socket</c> is its id, or <c>last</c>.</summary>
    public Socket Socket
    {
        get
        {
            var ns = Namespace;
            var id = Text("socket");
            var socket = id == "last" ? state.LastOf(ns) : ns.Sockets.GetValueOrDefault(id);
            return socket ?? throw new ControlException($"there is no socket {id} on this worker");
        }
    }

    private JsonElement Member(string member, JsonValueKind kind) =>
        body.TryGetProperty(member, out var value) && value.ValueKind == kind ? value : throw Wrong(member);

    private static ControlException Wrong(string member) => new($"\"{member}\" is missing or not what it should be");
}
