using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>A socket as admin pages see it: no credentials, and of what clients and the application can make long only so much.</summary>
/// <param name="options">What else is not shown.</param>
internal sealed class SocketView(SocketIOAdminOptions options)
{
    private const int LongestValue = 512;
    private const int MostValues = 64;
    private const int MostRooms = 256;
    private const int MostDataBytes = 4_096;
    private const int ClientIdLength = 12;

    private static readonly string[] Credentials = ["authorization", "cookie", "proxy-authorization", "sid"];

    private readonly HashSet<string> _hidden = new([.. Credentials, .. options.HiddenNames ?? []], StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes it as an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="rooms">Its rooms.</param>
    public void Write(Utf8JsonWriter json, Socket socket, IReadOnlyList<string> rooms)
    {
        json.WriteStartObject();
        json.WriteString("id", socket.Id);
        json.WriteString("clientId", ClientIdOf(socket));
        json.WriteString("transport", socket.Connection.TransportName);
        json.WriteString("nsp", socket.Namespace.Name);
        json.WritePropertyName("data");
        WriteData(json, socket);
        json.WritePropertyName("handshake");
        Write(json, socket.Handshake);
        json.WriteStartArray("rooms");
        for (var i = 0; i < rooms.Count && i < MostRooms; i++)
            json.WriteStringValue(rooms[i]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What the application keeps with a socket.</summary>
    public static void WriteData(Utf8JsonWriter json, Socket socket)
    {
        var data = SocketData.ToJson(socket);
        if (data.Length <= MostDataBytes)
        {
            using var document = AdminJson.Parse(data);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                json.WriteText(document.RootElement);
                return;
            }

            json.WriteStartObject();
            json.WritePropertyName("value");
            json.WriteText(document.RootElement);
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject();
        json.WriteString("value", $"… ({data.Length} bytes)");
        json.WriteEndObject();
    }

    /// <summary>
    /// Tells connections apart. The original shows the session id's beginning; of ours that would be three quarters of the secret, and the rest names the
    /// worker. A hash of a secret that cannot be guessed tells nothing of it.
    /// </summary>
    private static string ClientIdOf(Socket socket) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(socket.Connection.Id)))[..ClientIdLength];

    private void Write(Utf8JsonWriter json, Handshake handshake)
    {
        json.WriteStartObject();
        json.WriteString("address", handshake.Address);
        Write(json, "headers", handshake.Headers);
        Write(json, "query", handshake.Query);
        json.WriteNumber("issued", handshake.Issued);
        json.WriteBoolean("secure", handshake.Secure);
        json.WriteString("time", handshake.Time.UtcDateTime);
        json.WriteString("url", UrlOf(handshake));
        json.WriteBoolean("xdomain", handshake.Xdomain);
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in Shown(values))
            json.WriteString(key, Short(value));
        json.WriteEndObject();
    }

    /// <summary>Made anew of what is shown of the query: the text of the request may hide a name in ways that only a parser sees.</summary>
    private string UrlOf(Handshake handshake)
    {
        var query = handshake.Url.IndexOf('?', StringComparison.Ordinal);
        var path = Short(query < 0 ? handshake.Url : handshake.Url[..query]);
        var values = Shown(handshake.Query).Select(static each => $"{Uri.EscapeDataString(each.Key)}={Uri.EscapeDataString(Short(each.Value))}");
        var shown = string.Join('&', values);
        return shown.Length == 0 ? path : $"{path}?{shown}";
    }

    private IEnumerable<KeyValuePair<string, string>> Shown(IReadOnlyDictionary<string, string> values) =>
        values.Where(each => !_hidden.Contains(each.Key) && each.Key.Length <= LongestValue).Take(MostValues);

    private static string Short(string text) => text.Length <= LongestValue ? text : text[..LongestValue] + "…";
}
