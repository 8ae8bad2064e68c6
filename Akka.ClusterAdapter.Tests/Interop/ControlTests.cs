using System.Net;
using System.Text;
using System.Text.Json;
using Akka.ClusterAdapter.Tests.Interop.Wire;

namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>The example server's control operations: what each answers, to the letter.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ControlTests(TwoWorkers workers)
{
    private static readonly HttpClient Http = new();

    private string One => workers.Server.Urls[0];

    private string Two => workers.Server.Urls[1];

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("""{"op":5}""")]
    [InlineData("""{"op":"dance"}""")]
    [InlineData("""{"op":"emit"}""")]
    [InlineData("""{"op":"emit","event":5}""")]
    [InlineData("""{"op":"emit","event":"disconnect"}""")]
    [InlineData("""{"op":"emit","event":"x","args":{}}""")]
    [InlineData("""{"op":"emit","event":"x","args":[{"$binary":"!"}]}""")]
    [InlineData("""{"op":"emit","event":"x","args":[[{"a":{"$binary":5}}]]}""")]
    [InlineData("""{"op":"emit","event":"x","rooms":"r"}""")]
    [InlineData("""{"op":"emit","event":"x","rooms":[5]}""")]
    [InlineData("""{"op":"emit","event":"x","except":5}""")]
    [InlineData("""{"op":"emit","event":"x","local":"yes"}""")]
    [InlineData("""{"op":"emit","event":"x","volatile":1}""")]
    [InlineData("""{"op":"emit","event":"x","nsp":5}""")]
    [InlineData("""{"op":"emit","event":"x","nsp":"/nowhere"}""")]
    [InlineData("""{"op":"emitWithAck","event":"x","timeoutMs":-1}""")]
    [InlineData("""{"op":"emitWithAck","event":"x","timeoutMs":1.5}""")]
    [InlineData("""{"op":"emitWithAck","event":"x","timeoutMs":"1"}""")]
    [InlineData("""{"op":"socketsJoin","rooms":["r"]}""")]
    [InlineData("""{"op":"socketsLeave","targets":"r"}""")]
    [InlineData("""{"op":"disconnectSockets","close":"yes"}""")]
    [InlineData("""{"op":"serverSideEmit"}""")]
    [InlineData("""{"op":"onServerSide","answer":1}""")]
    [InlineData("""{"op":"onServerSide","event":"x","answer":{"$binary":"!"}}""")]
    [InlineData("""{"op":"join","rooms":["r"]}""")]
    [InlineData("""{"op":"join","socket":"nobody","rooms":["r"]}""")]
    [InlineData("""{"op":"setData","socket":"nobody","data":1}""")]
    [InlineData("""{"op":"emitTo","socket":"nobody","event":"x"}""")]
    [InlineData("""{"op":"localRooms","nsp":"/nowhere"}""")]
    [InlineData("""{"op":"throttle","peer":"127.0.0.1:1#1"}""")]
    [InlineData("""{"op":"throttle","peer":"127.0.0.1:1#1","mode":"slow"}""")]
    [InlineData("""{"op":"throttle","peer":"nobody","mode":"pass"}""")]
    public async Task What_cannot_be_understood_is_answered_400_with_a_reason(string body)
    {
        var (status, answer) = await PostAsync(One, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(["error", "ok"], Members(answer));
        Assert.False(answer.GetProperty("ok").GetBoolean());
        Assert.NotEqual("", answer.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Operations_about_many_answer_with_what_is_written_and_nothing_more()
    {
        using var client = await JoinAsync(Two);

        await AnswersAsync(One, """{"op":"emit","event":"x","args":[{"$binary":"AQI="}],"volatile":false,"local":false}""", "ok");
        Assert.Equal("451-[\"x\",{\"_placeholder\":true,\"num\":0}]", await client.TextAsync());
        Assert.Equal([1, 2], await client.BinaryAsync());
        await AnswersAsync(One, """{"op":"socketsJoin","targets":["control"]}""", "ok");
        var sockets = (await AnswersAsync(One, """{"op":"fetchSockets","rooms":["control"],"timeoutMs":10000}""", "missing", "ok", "sockets"))
            .GetProperty("sockets");
        Assert.Equal(["data", "handshake", "id", "rooms", "worker"], Members(Assert.Single(sockets.EnumerateArray())));
        await AnswersAsync(One, """{"op":"emitWithAck","rooms":["nobody"],"event":"x","timeoutMs":10000}""", "ok", "responses");
        await FailsAsync(One, """{"op":"emitWithAck","rooms":["control"],"event":"x","timeoutMs":50}""", "error", "missing", "ok", "responses");
        await AnswersAsync(One, """{"op":"socketsLeave","targets":["control"]}""", "ok");
        await AnswersAsync(One, """{"op":"disconnectSockets","close":true}""", "ok");
    }

    [Fact]
    public async Task Operations_about_workers_answer_with_what_is_written_and_nothing_more()
    {
        await AnswersAsync(Two, """{"op":"onServerSide","event":"control","answer":null}""", "ok");
        await AnswersAsync(One, """{"op":"serverSideEmit","event":"control"}""", "ok", "responses");
        var answered = await AnswersAsync(One, """{"op":"serverSideEmit","event":"control","args":[1],"ack":true}""", "ok", "responses");
        Assert.Equal("[null]", answered.GetProperty("responses").GetRawText());
        await AnswersAsync(Two, """{"op":"onServerSide","event":"control"}""", "ok");
        await FailsAsync(One, """{"op":"serverSideEmit","event":"control","ack":true,"timeoutMs":50}""", "error", "missing", "ok", "responses");
        var events = await AnswersAsync(Two, """{"op":"serverSideReceived"}""", "events", "ok");
        Assert.Equal("""[["control"],["control",1],["control"]]""", events.GetProperty("events").GetRawText());
        Assert.Equal(0, (await AnswersAsync(Two, """{"op":"serverSideReceived"}""", "events", "ok")).GetProperty("events").GetArrayLength());
        Assert.Equal(2, (await AnswersAsync(One, """{"op":"serverCount"}""", "count", "ok")).GetProperty("count").GetInt32());
        var info = await AnswersAsync(
            One, """{"op":"info"}""", "counters", "engineSessions", "ok", "peers", "pendingAcks", "pendingRequests", "pid", "ready", "sockets", "worker");
        Assert.True(info.GetProperty("ready").GetBoolean());
        Assert.Equal((0, 1), (info.GetProperty("pendingRequests").GetInt32(), info.GetProperty("peers").GetArrayLength()));
        await AnswersAsync(One, $$"""{"op":"throttle","peer":"{{info.GetProperty("peers")[0].GetString()}}","mode":"pass"}""", "ok");
    }

    [Fact]
    public async Task Operations_about_one_socket_answer_with_what_is_written_and_nothing_more()
    {
        using var client = await JoinAsync(One);
        // The client knows that it is connected before the worker has noted that it is the last one.
        await Eventually.TrueAsync(
            async () => (await PostAsync(One, """{"op":"join","socket":"last","rooms":["one"]}""")).Status == HttpStatusCode.OK, "there is a last socket");

        await AnswersAsync(One, """{"op":"join","socket":"last","rooms":["one","two"]}""", "ok");
        await AnswersAsync(One, """{"op":"leave","socket":"last","rooms":["two"]}""", "ok");
        await AnswersAsync(One, """{"op":"setData","socket":"last","data":{"a":1}}""", "ok");
        await AnswersAsync(One, """{"op":"emitTo","socket":"last","event":"x","args":[1]}""", "ok");
        await FailsAsync(One, """{"op":"emitTo","socket":"last","event":"x","timeoutMs":50}""", "error", "missing", "ok", "responses");
        var rooms = (await AnswersAsync(One, """{"op":"localRooms"}""", "ok", "rooms")).GetProperty("rooms");
        var sockets = (await AnswersAsync(Two, """{"op":"fetchSockets","rooms":["one"]}""", "missing", "ok", "sockets")).GetProperty("sockets");

        Assert.Equal("42[\"x\",1]", await client.TextAsync());
        Assert.Equal(1, rooms.GetProperty("one").GetArrayLength());
        Assert.False(rooms.TryGetProperty("two", out _));
        Assert.Equal("""{"a":1}""", sockets[0].GetProperty("data").GetRawText());
    }

    private static async Task<WireSocket> JoinAsync(string url)
    {
        var client = await WireSocket.OpenAsync(url, "/socket.io/");
        await client.SendAsync("40");
        Assert.StartsWith("40{\"sid\":\"", await client.TextAsync());
        return client;
    }

    private static async Task<JsonElement> AnswersAsync(string url, string body, params string[] members)
    {
        var (status, answer) = await PostAsync(url, body);
        Assert.Equal((HttpStatusCode.OK, true), (status, answer.GetProperty("ok").GetBoolean()));
        Assert.Equal(members, Members(answer));
        return answer;
    }

    /// <summary>Understood, and not carried out as a whole.</summary>
    private static async Task FailsAsync(string url, string body, params string[] members)
    {
        var (status, answer) = await PostAsync(url, body);
        Assert.Equal((HttpStatusCode.OK, false), (status, answer.GetProperty("ok").GetBoolean()));
        Assert.Equal(members, Members(answer));
        Assert.Equal(1, answer.GetProperty("missing").GetArrayLength());
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(string url, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(url + "/control", content);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    private static IEnumerable<string> Members(JsonElement json) => json.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal);
}
