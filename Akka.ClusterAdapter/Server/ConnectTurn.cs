using System.Runtime.InteropServices;
using System.Text.Json;

namespace Akka.ClusterAdapter.Server;

/// <summary>A CONNECT that is being decided, and the one after it. Changed under the lock of <see cref="ClientNamespaces"/>.</summary>
internal sealed class ConnectTurn(string ns, JsonElement auth)
{
    private JsonElement _present = auth;
    private JsonElement? _next;

    public string Namespace => ns;

    /// <summary>True when the client has left meanwhile.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>True when what is being decided is not what the client wants any more.</summary>
    public bool IsSuperseded => IsGivenUp || _next is not null;

    /// <summary>Whether two auth payloads are the same, byte by byte.</summary>
    public static bool IsSame(JsonElement one, JsonElement other) =>
        JsonMarshal.GetRawUtf8Value(one).SequenceEqual(JsonMarshal.GetRawUtf8Value(other));

    public void Ask(JsonElement wanted)
    {
        if (_next is null && !IsGivenUp && IsSame(_present, wanted))
            return;
        _next = wanted;
    }

    public void GiveUp() => (IsGivenUp, _next) = (true, null);

    /// <summary>The server has sent it away: whatever is asked for from now on is new.</summary>
    public void Lose() => IsGivenUp = true;

    public JsonElement? TakeNext()
    {
        var next = _next;
        if (next is { } wanted)
            (_present, _next, IsGivenUp) = (wanted, null, false);
        return next;
    }
}
