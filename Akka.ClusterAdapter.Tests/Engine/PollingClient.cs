using System.Net;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A polling session as a client sees it.</summary>
internal sealed class PollingClient(EngineHost host, string sid)
{
    public string Sid => sid;

    public string Query => "EIO=4&transport=polling&sid=" + sid;

    public static string SidIn(string open)
    {
        Assert.StartsWith("0{\"sid\":\"", open);
        return open.Substring(9, 20);
    }

    public Task<HttpResponseMessage> GetAsync() => host.GetAsync(Query);

    /// <summary>Polls once and gives the body.</summary>
    public async Task<string> PollAsync()
    {
        using var answer = await GetAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>A poll that the server holds already when this returns.</summary>
    public async Task<Task<HttpResponseMessage>> PendAsync()
    {
        var poll = GetAsync();
        await Eventually.TrueAsync(() => host.Session(sid).IsWritable, "a waiting poll");
        return poll;
    }

    public Task<HttpResponseMessage> PostAsync(string body) => host.SendAsync(HttpMethod.Post, Query, EngineHost.Text(body));

    public Task<HttpResponseMessage> PostAsync(byte[] body) => host.SendAsync(HttpMethod.Post, Query, new ByteArrayContent(body));
}
