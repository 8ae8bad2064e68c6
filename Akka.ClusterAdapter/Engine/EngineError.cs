using System.Collections.ObjectModel;

namespace Akka.ClusterAdapter.Engine;

/// <summary>Why a request was refused.</summary>
/// <param name="Code">0 transport unknown, 1 session id unknown, 2 bad handshake method, 3 bad request, 4 forbidden, 5 unsupported protocol version.</param>
/// <param name="Message">The code's own text, also when the client was told another.</param>
/// <param name="Details">What was wrong, by name: for example <c>transport</c>, <c>sid</c>, <c>method</c>, or <c>name</c> with a finer reason such as
/// <c>TRANSPORT_MISMATCH</c>. Values come from the client: never reflect them.</param>
public sealed record EngineError(int Code, string Message, IReadOnlyDictionary<string, string> Details)
{
    /// <summary>The code of a session that nobody knows.</summary>
    internal const int UnknownSession = 1;

    /// <summary>Label of a client that speaks another revision.</summary>
    internal const string ProtocolVersion = "protocol-version";

    /// <summary>Status of the answer to a poll; an upgrade is answered 400 whatever the code, except for a foreign origin.</summary>
    internal int Status => Code == 4 ? 403 : 400;

    /// <summary>What the client reads.</summary>
    internal string Answer => Code == 4 && Details.TryGetValue("message", out var text) && text.Length > 0 ? text : Message;

    /// <summary>Whether the Origin rule for WebSocket handshakes refused it.</summary>
    internal bool IsForeignOrigin { get; private init; }

    /// <summary>Label of the counter.</summary>
    internal string Reason => Code switch
    {
        0 => "transport-unknown",
        1 => "sid-unknown",
        2 => "bad-method",
        3 => "bad-request",
        4 => IsForeignOrigin ? "foreign-origin" : "forbidden",
        _ => ProtocolVersion,
    };

    internal static EngineError UnknownTransport(string transport) => new(0, "Transport unknown", Detail("transport", transport));

    internal static EngineError UnknownSid(string sid) => new(UnknownSession, "Session ID unknown", Detail("sid", sid));

    internal static EngineError BadMethod(string method) => new(2, "Bad handshake method", Detail("method", method));

    internal static EngineError BadRequest(string name) => new(3, "Bad request", Detail("name", name));

    internal static EngineError InvalidOrigin(string origin) => new(3, "Bad request", Detail("name", "INVALID_ORIGIN", "origin", origin));

    internal static EngineError Mismatch(string transport, string previous) => new(3, "Bad request",
        Detail("name", "TRANSPORT_MISMATCH", "transport", transport, "previousTransport", previous));

    internal static EngineError RevisionMismatch(string revision, string previous) => new(3, "Bad request",
        Detail("name", "PROTOCOL_MISMATCH", "protocol", revision, "previousProtocol", previous));

    internal static EngineError Forbidden(string message) => new(4, "Forbidden", Detail("message", message));

    internal static EngineError ForeignOrigin(string origin) =>
        new(4, "Forbidden", Detail("name", "FOREIGN_ORIGIN", "origin", origin)) { IsForeignOrigin = true };

    internal static EngineError UnsupportedProtocol() => new(5, "Unsupported protocol version", Detail("protocol", "3"));

    private static ReadOnlyDictionary<string, string> Detail(params ReadOnlySpan<string> pairs)
    {
        var details = new Dictionary<string, string>();
        for (var i = 0; i < pairs.Length; i += 2)
            details[pairs[i]] = pairs[i + 1];
        return new(details);
    }
}
