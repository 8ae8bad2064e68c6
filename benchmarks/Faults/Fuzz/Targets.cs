using System.Runtime.Serialization;
using System.Text;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Clustering.Wire;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>All decoders that read what strangers, clients, other workers or operators wrote.</summary>
internal static class Targets
{
    public static readonly IReadOnlyList<string> Names =
        [
            "json-packets", "msgpack-packets", "polling-bodies", "requests", "peer-messages", "chunks", "offsets", "ids", "forward-headers", "admin", "hocon",
            "traces"
        ];

    private static readonly IReadOnlyList<byte[]> Json =
        Texts("[", "]", "{", "}", "\"", ",", ":", "-", "e", "\\u", "\\ud800", "null", "0", "1", "_placeholder", "num", "/", "5");
    private static readonly byte[][] MessagePackBytes = Bytes(0xC0, 0xC1, 0xC4, 0xC7, 0xD4, 0xD6, 0xDC, 0xDF, 0x80, 0x81, 0x90, 0x91, 0xA0, 0xA4, 0xCF, 0xD3);
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly HashSet<string> Keys =
    [
        .. Clustering.ClusterAdapterExtension.DefaultConfig.GetConfig("akka.cluster-adapter").AsEnumerable().Select(pair => pair.Key),
    ];
    private static readonly AdminSessions Sessions = new(TimeProvider.System, TimeSpan.FromMinutes(1), "secret");
    private static readonly Handshake Nobody = new()
    {
        Address = "",
        Auth = default,
        Headers = new Dictionary<string, string>(),
        Query = new Dictionary<string, string>(),
        Secure = false,
        Time = default,
        Url = "",
        Xdomain = false,
    };

    private static readonly SocketIOOptions Traced = new() { AcceptTraceContext = true };

    public static FuzzTarget Of(string name, string? corpus = null)
    {
        var target = Make(name);
        return target with { Seeds = [.. target.Seeds, .. Corpus.Of(name, corpus)] };
    }

    private static FuzzTarget Make(string name) => name switch
    {
        "json-packets" =>
            new(name, [], Json, input => PacketCheck.Run(PacketCheck.Json, input, isBinary: false), static e => e is ProtocolException) { BytesPerByte = 600 },
        "msgpack-packets" => new(
            name, [], MessagePackBytes, input => PacketCheck.Run(PacketCheck.MessagePack, input, isBinary: true), static e => e is ProtocolException)
        {
            BytesPerByte = 600,
        },
        "polling-bodies" => PollingBodies.Target(),
        "requests" => new(
            name, [], Texts("%", "&", "=", "?", ",", ";", "\n", "https://", "[", "]", ":", "xn--", "\u00AD", "é", "*", "q=", "\"", "permessage-deflate"),
            RequestHeads.Run, static _ => false)
        {
            BytesPerByte = 400,
        },
        "peer-messages" => new(name, [], Bytes(0, 1, 2, 0x7F, 0x80, 0xFF, 10), RunPeer, static e => e is SerializationException) { BytesPerByte = 400 },
        "chunks" => new(name, [], Bytes(0, 1, 2, 10, 0x80, 0x81, 0xFF), ChunkStreams.Run, static _ => false) { BytesPerByte = 2 * ChunkStreams.MaxPacket },
        "offsets" => new(name, [], Texts(".", "A", "B", "-", "_", "9", "g", "\0", "é"), RunOffset, static _ => false),
        "ids" => new(name, [], Texts("A", "-", "_", "=", "+", "/", "é", "\0"), RunIds, static _ => false),
        "forward-headers" => new(name, [], Texts(" ", "worker", "gateway", "-", ":", "::1", "%", "https", "=", ";", ",", "00-"), RunForward, static _ => false),
        "admin" => new(name, [], Json, RunAdmin, static e => e is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            BytesPerByte = 600,
        },
        "hocon" => new(
            name, [], Texts("\n", " = ", "\"", "[", "]", "${", "}", "5s", "MB", "infinite", "-1", "on"), RunSettings, static e => e is ConfigurationException)
        {
            BaseBytes = 512 * 1024,
            BytesPerByte = 16 * 1024,
        },
        "traces" =>
            new(name, [], Texts("-", "00", "{", "}", "\"", ":", ",", "traceparent", "tracestate", "="), RunTrace, static _ => false) { BytesPerByte = 600 },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"One of {string.Join(", ", Names)}."),
    };

    public static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    public static byte[][] Bytes(params byte[] bytes) => [.. bytes.Select(b => (byte[])[b])];

    /// <summary>Manifest, line feed, bytes. What was read can be written, and read again as the same.</summary>
    private static void RunPeer(byte[] input)
    {
        var at = Array.IndexOf(input, (byte)'\n');
        var manifest = Encoding.Latin1.GetString(input, 0, Math.Max(0, at));
        var message = PeerMessageSerializer.Read(input.AsMemory(at + 1), manifest);
        if (message is not PeerMessage known)
            return;
        var written = known.Encode();
        if (PeerMessageSerializer.Read(written, known.Manifest) is not PeerMessage again || !again.Encode().AsSpan().SequenceEqual(written))
            throw new InvalidOperationException("A message that was read and written is another one.");
    }

    private static void RunOffset(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var position = LogOffset.PositionOf(text, "AbCdEf");
        if (position is { } found && LogOffset.PositionOf(LogOffset.Of("AbCdEf", found), "AbCdEf") != found)
            throw new InvalidOperationException("A position that was read is another one when it is written.");
        if (LogOffset.TryReadSteps(text, out var steps) && steps.Count > LogOffset.MostLength)
            throw new InvalidOperationException("More steps than characters.");
    }

    private static void RunIds(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (PrivateId.TryGetTag(text, out var secret) | SessionId.TryGetTag(text, out var session) && (secret | session) >> 24 != 0)
            throw new InvalidOperationException("A tag has 24 bits.");
        _ = SessionId.Short(text);
        if (Sessions.KeyOf(text) is { } key)
            _ = Sessions.RestOf(key);
    }

    private static void RunForward(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (ForwardHeader.Read(text) is { } header && ForwardHeader.Read(header.ToText()) != header)
            throw new InvalidOperationException("A header that was read is another one when it is written.");
        _ = (PeerServers.Has(text, "b"), PeerServers.ParserOf(text, "b"), PeerServers.MaxPayloadOf(text, "b"), PeerServers.Names(text).Count());
        _ = UnixSocketUrl.ToRequestUrl(text);
        _ = TraceTail.Read(input);
    }

    private static void RunAdmin(byte[] input)
    {
        var sockets = AdminSockets.Read(input, 10);
        _ = AdminSockets.ToJson(sockets);
        _ = AdminCommand.Read(input).WhatIsWrong(Traced);
    }

    /// <summary>Only values: the parser around them is Akka's, reads what operators wrote, and does not end with some texts that are no HOCON.</summary>
    private static void RunSettings(byte[] input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n').Select(line => line.Split(" = ", 2)).Where(pair => pair.Length == 2 && Keys.Contains(pair[0]))
            .Select(pair => $"akka.cluster-adapter.{pair[0]} = {Value(pair[1])}");
        _ = ClusterAdapterSettings.Read(
            ConfigurationFactory.ParseString(string.Join('\n', lines)).WithFallback(Clustering.ClusterAdapterExtension.DefaultConfig));
    }

    private static string Value(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.') && text.Trim().Length > 0 ? text
        : text.StartsWith('[') ? $"[{string.Join(',', text.Split(',').Select(JsonText))}]" : JsonText(text);

    private static string JsonText(string text) =>
        JsonSerializer.Serialize(new string([.. text.Where(c => !char.IsSurrogate(c) && !char.IsControl(c))]), Plain);

    private static void RunTrace(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var headers = new Dictionary<string, string> { ["traceparent"] = text, ["tracestate"] = text };
        _ = ClientTrace.ParentOf(Nobody with { Headers = headers }, Traced);
        if (PacketCheck.AuthOf(input) is { } auth)
            _ = ClientTrace.ParentOf(Nobody with { Auth = auth }, Traced);
    }
}
