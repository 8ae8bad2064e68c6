using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Akka.ClusterAdapter.Tests.Hostile;

/// <summary>A polling client by hand: what it posts and gets are the exact bodies.</summary>
internal sealed class PollingPeer(HttpClient http, string sid)
{
    public const string Handshake = "/socket.io/?EIO=4&transport=polling";

    public string Sid => sid;

    public string Path => Handshake + "&sid=" + sid;

    /// <summary>A session that has joined no namespace yet.</summary>
    public static async Task<PollingPeer> OpenAsync(HttpClient http)
    {
        var open = await http.GetStringAsync(new Uri(Handshake, UriKind.Relative));
        Assert.StartsWith("0{", open, StringComparison.Ordinal);
        return new PollingPeer(http, JsonDocument.Parse(open.AsMemory(1)).RootElement.GetProperty("sid").GetString()!);
    }

    public static async Task<PollingPeer> ConnectAsync(HttpClient http)
    {
        var client = await OpenAsync(http);
        await client.PostAsync("40");
        Assert.StartsWith("40{", await client.PollAsync(), StringComparison.Ordinal);
        return client;
    }

    public Task<(HttpStatusCode Status, string Body)> PostAsync(string body) => PostAsync(Encoding.UTF8.GetBytes(body));

    public async Task<(HttpStatusCode Status, string Body)> PostAsync(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "UTF-8");
        return await SendAsync(HttpMethod.Post, content);
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, Path) { Content = content };
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The body of one poll.</summary>
    public async Task<string> PollAsync()
    {
        var (status, body) = await SendAsync(HttpMethod.Get);
        Assert.Equal(HttpStatusCode.OK, status);
        return body;
    }

    /// <summary>Polls until the session is closed by the server or already gone; gives what came before, without the farewell.</summary>
    public async Task<string[]> PollToEndAsync()
    {
        var packets = new List<string>();
        while (true)
        {
            var (status, body) = await SendAsync(HttpMethod.Get);
            if (status == HttpStatusCode.BadRequest)
                return [.. packets];
            packets.AddRange(body.Split('\u001e'));
            if (packets[^1] == "1")
                return [.. packets.Where(packet => packet is not ("1" or "6"))];
        }
    }
}
