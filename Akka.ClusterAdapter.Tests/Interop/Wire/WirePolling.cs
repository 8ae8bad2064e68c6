using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Akka.ClusterAdapter.Tests.Interop.Wire;

/// <summary>A long-polling session, request by request.</summary>
internal sealed class WirePolling : IDisposable
{
    public const char Separator = '\u001e';

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly string _address;

    private WirePolling(string address) => _address = address;

    /// <summary>The first answer: the open packet.</summary>
    public string Open { get; private set; } = string.Empty;

    public string Sid { get; private set; } = string.Empty;

    public static async Task<WirePolling> OpenAsync(string url, string path = "/engine.io/")
    {
        var session = new WirePolling($"{url}{path}?EIO=4&transport=polling");
        session.Open = await session._http.GetStringAsync(session._address);
        session.Sid = session.Open.Split('"')[3];
        return session;
    }

    public Task<HttpResponseMessage> GetAsync(CancellationToken ct = default) => _http.GetAsync($"{_address}&sid={Sid}", ct);

    /// <summary>Polls until something other than a ping comes, and gives that; answers pings.</summary>
    public async Task<string> PollAsync()
    {
        while (true)
        {
            var packets = (await ReadAsync()).Split(Separator);
            var others = packets.Where(packet => packet != "2").ToArray();
            if (others.Length < packets.Length)
                await PostAsync("3");
            if (others.Length > 0)
                return string.Join(Separator, others);
        }
    }

    /// <summary>The body of one poll.</summary>
    public async Task<string> ReadAsync()
    {
        using var answer = await GetAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Sends a poll, all of it, and closes its connection.</summary>
    public async Task AbandonPollAsync()
    {
        var address = new Uri($"{_address}&sid={Sid}");
        using var connection = new TcpClient();
        await connection.ConnectAsync(address.Host, address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"));
    }

    /// <summary>Posts a body that the server must take.</summary>
    public async Task PostAsync(string body)
    {
        using var answer = await TryPostAsync(body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Posts a body, whatever becomes of it.</summary>
    public async Task<HttpResponseMessage> TryPostAsync(string body)
    {
        using var content = new StringContent(body);
        return await _http.PostAsync($"{_address}&sid={Sid}", content);
    }

    /// <summary>The session is no more when the server does not know it.</summary>
    public async Task IsGoneAsync()
    {
        using var answer = await GetAsync();
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    public void Dispose() => _http.Dispose();
}
