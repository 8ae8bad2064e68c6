using System.Text;

namespace Akka.ClusterAdapter.Faults.Differential;

/// <summary>What provokes each difference of docs/decisions/0021: by the name that its row has there.</summary>
internal static class ListedDifferences
{
    public static readonly IReadOnlyDictionary<string, Scenario[]> Scenarios = new Dictionary<string, Scenario[]>
    {
        ["undecodable"] = [Polling("40", "txt:34325b226563686f222c22fffe225d"), Polling("40", "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\u001eb%%%%")],
        ["lone-surrogates"] = [Socket("40", "42[\"echo\",\"\\ud800\"]")],
        ["refused-values"] =
        [
            Socket("40", "42[\"echo\",1e999]", "421[\"ack\"]"),
            Socket("40", "42[\"echo\"," + new string('[', 70) + new string(']', 70) + "]", "421[\"ack\"]"),
            Socket("40", "42[\"disconnect\"]", "421[\"ack\"]"),
            Socket("40", "42[\"connect_error\"]", "421[\"ack\"]"),
            Socket("40{\"a\":1e999}"),
        ],
        ["incomplete-packets"] = [Socket("40", "42", "421[\"ack\"]"), Socket("40", "431", "421[\"ack\"]")],
        ["large-ack-id"] = [Socket("40", "429007199254740993[\"ack\"]")],
        ["long-namespace"] = [Socket("40/" + new string('a', 300) + ",")],
        ["no-attachments"] = [Socket("40", "450-[\"echo\",1]", "421[\"ack\"]")],
        ["inflated"] =
        [
            new(Variant.Deflate, new(0, "websocket", "", Deflated), new(0, "send", "40"), new(0, "frame", "c1", Inflating()), new(0, "send", "421[\"ack\"]")),
        ],
        ["close-packet"] = [Socket("40", "1", "421[\"ack\"]")],
        ["left-namespace"] =
        [
            Socket("40", "40/chat,", "41/chat,", "42/chat,[\"echo\",1]", "421[\"ack\"]"),
            Socket("40", "40/chat,", "42/chat,[\"bye\"]", "42/chat,[\"echo\",1]", "421[\"ack\"]"),
            Socket("40", "40/chat,", "41/chat,", "41/chat,", "421[\"ack\"]"),
        ],
        ["second-connect"] = [Socket("40", "40", "421[\"ack\"]"), Socket("40", "40{\"a\":1}", "421[\"ack\"]")],
        ["two-connects"] = [Together("40/slow,", "40/slow,", "40")],
        ["connect-taken-back"] = [Together("40", "40/slow,", "41/slow,")],
        ["other-methods"] = [new(Variant.Plain, new(0, "polling"), new(0, "http", "PUT", "EIO=4&transport=polling&sid={sid}"))],
        ["eio3-websocket"] =
        [
            new(Variant.Plain, new Step(0, "dial", "EIO=3&transport=websocket", "")), new(Variant.Plain, new Step(0, "dial", "transport=websocket", "")),
        ],
        ["second-websocket"] = [new(Variant.Plain, new(0, "websocket"), new(0, "dial", "EIO=4&transport=websocket&sid={sid}", ""))],
        ["foreign-origin"] =
        [
            new(
                Variant.Plain, new(0, "websocket", "", "Origin: https://evil.example\r\nCookie: session=1\r\n"),
                new(0, "send", "40"), new(0, "send", "421[\"cookie\"]")),
        ],
        ["other-upgrades"] =
        [
            new(Variant.Plain, new Step(
                0, "dial", "EIO=4&transport=polling",
                "only:Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")),
        ],
        ["no-slash"] = [new(Variant.Plain, new Step(0, "http", "GET", "/socket.io?EIO=4&transport=polling"))],
        ["upgrade-with-a-late-poll"] = [new(Variant.Plain, new(0, "polling"), new(0, "send", "40"), new(0, "upgrade", "late"), new(0, "send", "421[\"ack\"]"))],
        ["reconnect-in-one-go"] = [new(Variant.Plain, new(0, "websocket"), new(0, "send", "40"), new(0, "send", "41", "40"), new(0, "send", "421[\"ack\"]"))],
        ["unfinished-upgrade"] = [new(Variant.Plain, new(0, "polling"), new(0, "send", "40"), new(0, "probe", "cut"))],
        ["answers-before-garbage"] = [new(Variant.Plain, new(0, "polling"), new(0, "send", "40"), new(0, "send", "42[\"echo\"]", "", "3"))],
        ["upgrade-to-polling"] = [new(Variant.Plain, new Step(0, "dial", "EIO=4&transport=polling", ""))],
        ["websocket-poll"] = [new(Variant.Plain, new(0, "websocket"), new(0, "http", "GET", "EIO=4&transport=websocket&sid={sid}"))],
        ["recovered-client"] = [Recovery()],
        ["many-attachments"] = [new(
            Variant.Msgpack, new(0, "websocket"), new(0, "send", "bin:" + MsgpackConnect),
            new(0, "send", "bin:" + MsgpackBinaries()), new(0, "send", "bin:" + MsgpackEcho))],
        ["large-auth"] = [Socket("40", "40/chat,{\"token\":\"" + new string('t', 33_000) + "\"}", "421[\"ack\"]")],
        ["placeholder-data"] = [Socket("40", "42[\"placeholder\"]")],
    };

    private const string Deflated = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
    private const string MsgpackConnect = "82a47479706500a36e7370a12f";

    // {type:2,nsp:"/",data:["echo",1]}
    private const string MsgpackEcho = "83a47479706502a36e7370a12fa46461746192a46563686f01";

    private static Scenario Socket(params string[] packets) =>
        new(Variant.Plain, [new(0, "websocket"), .. packets.Select(packet => new Step(0, "send", packet))]);

    private static Scenario Polling(params string[] packets) =>
        new(Variant.Plain, [new(0, "polling"), .. packets.Select(packet => new Step(0, "send", packet))]);

    private static Scenario Together(params string[] packets) =>
        new(Variant.Plain, new(0, "websocket"), new(0, "send", packets), new(0, "send", "421[\"ack\"]"));

    /// <summary>An event while the client is away.</summary>
    private static Scenario Recovery() => new(
        Variant.Recovery,
        new(0, "websocket"), new(0, "send", "40"), new(1, "websocket"), new(1, "send", "40"),
        new(1, "send", "42[\"all\",1]"), new(0, "cut"), new(1, "send", "42[\"all\",2]"),
        new(0, "websocket"), new(0, "send", "40{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}"));

    private static string Inflating()
    {
        using var small = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(small, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
            deflate.Write(Encoding.ASCII.GetBytes("42[\"echo\",\"" + new string('x', 200_000) + "\"]"));
        return Convert.ToHexString(small.ToArray());
    }

    private static string MsgpackBinaries() =>
        "83a47479706502a36e7370a12fa4646174619ca46563686f" + string.Concat(Enumerable.Repeat("c40101", 11));
}
