using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// Hears of what happens to the sockets of this worker while somebody looks, and puts it in the feed. While nobody does, nobody calls it, and nothing is kept
/// for a socket.
/// </summary>
/// <param name="io">The server.</param>
/// <param name="admin">The admin namespace: its sockets are shown, its events are not.</param>
/// <param name="view">How sockets are shown.</param>
/// <param name="feed">Where to.</param>
internal sealed class SocketWatch(SocketIOServer io, Namespace admin, SocketView view, AdminFeed feed) : ISocketObserver
{
    private const int MostEventBytes = 4_096;
    private const int BytesOfSocket = 1_000;
    private const int BytesOfLine = 150;

    // Keeps no namespace that was emptied.
    private readonly ConditionalWeakTable<Namespace, Action<RoomEvent>> _rooms = [];

    /// <summary>Begins. Not twice.</summary>
    public void Attach()
    {
        io.Observer = this;
        io.Engine.SessionUpgraded += OnUpgraded;
        io.NamespaceCreated += OnNamespace;
        foreach (var ns in io.Namespaces)
            OnNamespace(ns);
    }

    /// <summary>Ends.</summary>
    public void Detach()
    {
        io.Observer = null;
        io.Engine.SessionUpgraded -= OnUpgraded;
        io.NamespaceCreated -= OnNamespace;
        foreach (var ns in io.Namespaces)
        {
            if (_rooms.TryGetValue(ns, out var handler))
                ns.RoomChanged -= handler;
        }

        feed.Clear();
    }

    public void Connected(Socket socket)
    {
        var (now, rooms) = (Now, socket.Rooms);
        feed.Add(new("socket_connected", BytesOfSocket, json =>
        {
            view.Write(json, socket, rooms);
            json.WriteStringValue(now);
        }));
    }

    public void Disconnected(Socket socket, DisconnectReason reason) =>
        Line("socket_disconnected", socket.Namespace.Name, socket.Id, reason.ToText());

    public void DataChanged(Socket socket)
    {
        if (socket.Connected)
            feed.Add(new("socket_updated", BytesOfSocket, json => Update(json, socket, static (json, socket) =>
            {
                json.WritePropertyName("data");
                SocketView.WriteData(json, socket);
            })));
    }

    public void Received(Socket socket, PacketArguments arguments)
    {
        if (socket.Namespace != admin && feed.TakesReceived())
            Event("event_received", socket, arguments.Body.Size, () => arguments);
    }

    public void Sent(Socket socket, PacketBody body)
    {
        if (socket.Namespace != admin && feed.TakesSent())
            Event("event_sent", socket, body.Size, () => io.Parser.Read(PacketType.Event, body));
    }

    private DateTime Now => io.Time.GetUtcNow().UtcDateTime;

    private void OnNamespace(Namespace ns)
    {
        var handler = _rooms.GetValue(ns, ns => room => OnRoom(ns, room));
        ns.RoomChanged -= handler;
        ns.RoomChanged += handler;
    }

    private void OnRoom(Namespace ns, RoomEvent room)
    {
        if (room is { SocketId: { } id, Kind: RoomEventKind.Joined or RoomEventKind.Left })
            Line(room.Kind == RoomEventKind.Joined ? "room_joined" : "room_left", ns.Name, room.Room, id);
    }

    private void OnUpgraded(EngineSocket session)
    {
        foreach (var socket in (session.State as Client)?.Connection.Sockets ?? [])
        {
            feed.Add(new("socket_updated", BytesOfLine, json =>
                Update(json, socket, static (json, socket) => json.WriteString("transport", socket.Connection.TransportName))));
        }
    }

    private void Line(string name, string ns, string second, string third)
    {
        var now = Now;
        feed.Add(new(name, BytesOfLine + ns.Length + second.Length, json =>
        {
            json.WriteStringValue(ns);
            json.WriteStringValue(second);
            json.WriteStringValue(third);
            json.WriteStringValue(now);
        }));
    }

    // What waits keeps the event, whatever of it is shown: it counts as a whole. It is read later, for a parser may be the application's.
    private void Event(string name, Socket socket, int size, Func<PacketArguments> arguments)
    {
        var now = Now;
        feed.TryAdd(new(name, BytesOfLine + size, json =>
        {
            json.WriteStringValue(socket.Namespace.Name);
            json.WriteStringValue(socket.Id);
            Write(json, arguments(), size);
            json.WriteStringValue(now);
        }));
    }

    private static void Write(Utf8JsonWriter json, PacketArguments arguments, int size)
    {
        json.WriteStartArray();
        json.WriteStringValue(arguments.EventName);
        if (size > MostEventBytes)
            json.WriteStringValue($"… ({size} bytes)");
        for (var i = 0; i < arguments.Count && size <= MostEventBytes; i++)
            json.WriteText(arguments.Get<JsonElement>(i));
        json.WriteEndArray();
    }

    private static void Update(Utf8JsonWriter json, Socket socket, Action<Utf8JsonWriter, Socket> write)
    {
        json.WriteStartObject();
        json.WriteString("id", socket.Id);
        json.WriteString("nsp", socket.Namespace.Name);
        write(json, socket);
        json.WriteEndObject();
    }
}
