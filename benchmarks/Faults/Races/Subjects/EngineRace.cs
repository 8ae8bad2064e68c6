using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Sessions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>An engine without a web server, with one session.</summary>
internal sealed class EngineRace : IEngineHandler
{
    private readonly Race _race;
    private int _opened;
    private int _running;

    public EngineRace(Race race, EngineOptions? options = null)
    {
        _race = race;
        Engine = new EngineServer(options ?? new(), this, race.Time, race);
    }

    public EngineServer Engine { get; }

    /// <summary>What its client has said.</summary>
    public List<string> Received { get; } = [];

    /// <summary>How often it was told that a session is over.</summary>
    public int Closed { get; private set; }

    public CloseReason? Reason { get; private set; }

    /// <summary>What the application does with a message; its steps may be interleaved.</summary>
    public Action<EngineSocket, string> OnMessage { get; set; } = static (_, _) => { };

    /// <summary>A session that polls.</summary>
    public EngineSocket OpenPolling()
    {
        var before = Engine.Sessions.Keys.ToHashSet();
        var request = new RaceRequest("GET", "?EIO=4&transport=polling");
        request.Begin(Engine);
        _race.Check(request.Handled.IsCompletedSuccessfully, "the handshake is not answered");
        return Engine.Sessions.Single(session => !before.Contains(session.Key)).Value;
    }

    /// <summary>A session over a transport of the subject's.</summary>
    public EngineSocket Open(IEngineTransport transport)
    {
        var session = new EngineSocket(Engine, "by hand", EngineRequest.Of(new DefaultHttpContext(), default), transport);
        Engine.Sessions[session.Id] = session;
        session.Inbound.Calls.RunOpened();
        return session;
    }

    public static EngineMessage Message(string text) => EngineMessage.Text(Encoding.ASCII.GetBytes(text));

    /// <summary>Its end was told once, and nothing is left of it.</summary>
    public async Task EndAsync()
    {
        // What it shows of itself would be kept for ever.
        await Engine.DisposeAsync();
        _race.Equal(_opened, Closed, "ends that were told");
        _race.Check(Engine.Sessions.IsEmpty, "a session is left");
        _race.Check(Engine.Guard.Failures == 0, "a callback failed");
    }

    void IEngineHandler.Opened(EngineSocket socket) => _opened++;

    void IEngineHandler.Message(EngineSocket socket, ReadOnlyMemory<byte> message, bool isBinary)
    {
        _race.Check(Closed == 0, "a message comes behind the end");
        _race.Check(_running++ == 0, "two messages are handled at once");
        var text = Encoding.UTF8.GetString(message.Span);
        Received.Add(text);
        OnMessage(socket, text);
        _running--;
    }

    void IEngineHandler.Closed(EngineSocket socket, CloseReason reason)
    {
        _race.Check(_running == 0, "the end is told while a message is handled");
        Closed++;
        Reason = reason;
    }
}
