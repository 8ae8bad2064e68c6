using System.Text.Json;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>The numbers of this worker that pages are shown every two seconds.</summary>
/// <param name="io">The server.</param>
/// <param name="serverId">This worker's name on the page.</param>
/// <param name="traffic">What was counted.</param>
internal sealed class WorkerStats(SocketIOServer io, string serverId, TrafficCounts traffic)
{
    private const int MostNamespaces = 256;

    private readonly long _since = io.Time.GetTimestamp();

    public string ServerId => serverId;

    /// <summary>As an array of one argument.</summary>
    public byte[] ToJson() => AdminJson.Of(this, static (json, stats) => stats.Write(json));

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("serverId", serverId);
        json.WriteString("hostname", Environment.MachineName);
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteNumber("uptime", io.Time.GetElapsedTime(_since).TotalSeconds);
        json.WriteNumber("clientsCount", io.Engine.SessionCount);
        json.WriteNumber("pollingClientsCount", io.Engine.Sessions.Count(static session => session.Value.TransportName == TransportNames.Polling));
        json.WritePropertyName("aggregatedEvents");
        traffic.Write(json);
        json.WriteStartArray("namespaces");
        foreach (var (name, count) in Namespaces())
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("socketsCount", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Clients may have made thousands: the largest ones then.</summary>
    private IEnumerable<(string Name, int Count)> Namespaces() =>
        io.Namespaces.Select(static ns => (ns.Name, ns.Sockets.Count))
            .OrderByDescending(static ns => ns.Count)
            .Take(MostNamespaces)
            .OrderBy(static ns => ns.Name, StringComparer.Ordinal);
}
