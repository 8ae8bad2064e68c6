using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Server.Handlers;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Micro;

/// <summary>From a client's event to the application's handler, and what a connection costs that registers ten handlers of its own.</summary>
public class EventHandling : IAsyncDisposable
{
    private static readonly string[] Names = ["join", "leave", "say", "typing", "read", "history", "invite", "mute", "ban", "stats"];

    private readonly JsonPacketParser _parser = new();
    private SocketIOServer _server = null!;
    private Namespace _main = null!;
    private PacketArguments _two = null!;
    private PacketArguments _none = null!;
    private EventHandlers _handlers = null!;

    [GlobalSetup]
    public void Prepare()
    {
        _server = new(new SocketIOOptions(), new InMemoryAdapterFactory(), TimeProvider.System, NullLoggerFactory.Instance);
        _main = _server.Of("/");
        (_two, _none) = (Arguments("[\"say\",\"lobby\",\"hello\"]"), Arguments("[\"typing\"]"));
        _handlers = Register(new object());
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _server.DisposeAsync();
    }

    [Benchmark(Description = "ten handlers of one connection", OperationsPerInvoke = 10)]
    public object TenHandlers() => Register(new object());

    [Benchmark(Description = "an event with two strings")]
    public bool TwoStrings() => Handle(_two);

    [Benchmark(Description = "an event without arguments")]
    public bool NoArguments() => Handle(_none);

    private bool Handle(PacketArguments arguments)
    {
        var context = new EventContext(_main, _parser, arguments, null);
        var handlers = new CalledHandlers();
        _handlers.Take(context.Name, ref handlers);
        _ = handlers[0].InvokeAsync(context).AsTask();
        return true;
    }

    private EventHandlers Register(object socket)
    {
        var handlers = new EventHandlers();
        Func<string, string, ValueTask> say = (room, text) => Keep(socket, room.Length + text.Length);
        Func<ValueTask> typing = () => Keep(socket, 0);
        foreach (var name in Names)
        {
            if (name == "say")
                Add(handlers, name, say);
            else if (name == "typing")
                Add(handlers, name, typing);
            else
                Add(handlers, name, (string room) => Keep(socket, room.Length));
        }

        return handlers;
    }

    private void Add(EventHandlers handlers, string name, Delegate handler) =>
        handlers.Add(name, _server.Plans.Of(handler, HandlerSite.Event, name), handler);

    private static ValueTask Keep(object socket, int length)
    {
        GC.KeepAlive(socket);
        return length < 0 ? throw new InvalidOperationException() : default;
    }

    private PacketArguments Arguments(string json) => _parser.Read(PacketType.Event, new PacketBody(System.Text.Encoding.UTF8.GetBytes(json)));
}
