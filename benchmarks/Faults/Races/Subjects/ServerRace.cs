using System.Text;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>A server without a web server; its clients are made by hand.</summary>
internal sealed class ServerRace
{
    // One for all: what the serializer learns of each type takes longer than everything else.
    private static readonly JsonPacketParser Parser = new();

    private readonly Race _race;
    private int _clients;

    public ServerRace(Race race, SocketIOOptions? options = null)
    {
        _race = race;
        options ??= new();
        options.Parser = Parser;
        Server = new SocketIOServer(options, new InMemoryAdapterFactory(race.Time), race.Time, race);
        Server.OnConnection(Watch);
    }

    public SocketIOServer Server { get; }

    /// <summary>Ids of sockets whose connection handlers have run.</summary>
    public List<string> Connected { get; } = [];

    /// <summary>Ids of sockets whose disconnect handlers have run.</summary>
    public List<string> Disconnected { get; } = [];

    public RaceClient Connect()
    {
        var transport = new Frames();
        var session = new EngineSocket(Server.Engine, $"client {_clients++}", EngineRequest.Of(new DefaultHttpContext(), default), transport);
        Server.Engine.Sessions[session.Id] = session;
        session.Inbound.Calls.RunOpened();
        return new(session, transport);
    }

    /// <summary>A connection handler that notes who comes and goes.</summary>
    public void Watch(Socket socket)
    {
        Connected.Add(socket.Id);

        // Of this form nothing is compiled, which each server would do anew.
        socket.OnDisconnect(_ =>
        {
            Disconnected.Add(socket.Id);
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>Nobody is here any more, and everybody was told so once.</summary>
    public async Task EndAsync()
    {
        // What it shows of itself would be kept for ever.
        var closing = Server.CloseAsync().AsTask();
        await _race.PassAsync(TimeSpan.FromSeconds(4));
        _race.Check(closing.IsCompletedSuccessfully, "it is not closed");
        _race.Check(Server.Engine.Sessions.IsEmpty, "a session is left");
        _race.Check(Server.Sockets.Sockets.Count == 0, "a socket is left");
        _race.Check(Disconnected.Order().SequenceEqual(Connected.Order()), $"{Connected.Count} were connected, {Disconnected.Count} disconnected");
        _race.Equal(0, Server.Dispatcher.Running.Count, "handlers that seem to run");
        _race.Equal(0L, Server.Guard.Failures + Server.Engine.Guard.Failures, "callbacks that failed");
    }

    /// <summary>A client by its connection.</summary>
    internal sealed record RaceClient(EngineSocket Session, Frames Transport)
    {
        /// <summary>What it was sent.</summary>
        public List<string> Got => Transport.Written;

        /// <summary>Says something; one thing at a time.</summary>
        public void Say(string packet) => Session.Inbound.Receive(Transport, Encoding.UTF8.GetBytes("4" + packet));
    }

    /// <summary>Takes everything at once.</summary>
    internal sealed class Frames : IEngineTransport
    {
        public List<string> Written { get; } = [];

        public string Name => TransportNames.WebSocket;

        public bool IsReady => true;

        public bool TryTake(List<OutboundPacket> batch) => false;

        public ValueTask<bool> WriteAsync(List<OutboundPacket> batch)
        {
            Written.AddRange(batch.Select(packet => Encoding.UTF8.GetString(packet.Message.Payload.Span)));
            return new(true);
        }
    }
}
