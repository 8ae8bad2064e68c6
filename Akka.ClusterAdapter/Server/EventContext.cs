using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Server.Handlers;

namespace Akka.ClusterAdapter.Server;

/// <summary>One received event as it is: its name, its arguments unconverted, and the means to answer it.</summary>
public sealed class EventContext
{
    private static readonly Action<PacketBody> Answered = static _ => { };

    // Made for every event: what few of them need is in the last one.
    private readonly object _place; // the socket, or the namespace when there is none
    private readonly IArgumentFormat _format;
    private HandlerScope? _scope;
    private PacketArguments _arguments;
    private Action<PacketBody>? _answer;

    internal EventContext(object place, IArgumentFormat format, PacketArguments arguments, Action<PacketBody>? answer)
    {
        _place = place;
        Name = arguments.EventName;
        _format = format;
        _arguments = arguments;
        _answer = answer;
    }

    private EventContext(EventContext original, HandlerScope scope)
    {
        (_place, _format, _scope, Name) = (original._place, original._format, scope, original.Name);
        (_arguments, _answer) = (original._arguments, original._answer);
    }

    /// <summary>The socket that received it; null for an event of another worker.</summary>
    public Socket? Socket => _place as Socket;

    /// <summary>The namespace it belongs to.</summary>
    public Namespace Namespace => _place as Namespace ?? ((Socket)_place).Namespace;

    /// <summary>Cancelled when the client has left; for an event of another worker, when this server closes.</summary>
    public CancellationToken CancellationToken => Socket?.Disconnected ?? Namespace.Server.Shutdown.Closing;

    /// <summary>The event's name. A packet middleware may change it before the handlers are chosen.</summary>
    public string Name { get; set; }

    /// <summary>True when the sender asked for an acknowledgement.</summary>
    public bool WantsAck => _answer is not null;

    /// <summary>How many arguments came.</summary>
    public int Count => _arguments.Count;

    /// <summary>
    /// Services of the scope of the handler that runs: its own, and those of the filters around it. It ends when the handler has completed.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// There is no scope: in catch-all handlers and packet middlewares, in a handler that asks for no service and has no filter, and without services.
    /// </exception>
    public IServiceProvider Services => _scope?.Services
        ?? throw new InvalidOperationException(
            "There are no services here: a handler gets them by a parameter, such as IServiceProvider; a filter has them always.");

    /// <summary>All arguments, to be sent on as they are, binary included.</summary>
    public IReadOnlyList<object?> Args
    {
        get
        {
            var args = new object?[_arguments.Count];
            for (var i = 0; i < args.Length; i++)
                args[i] = new PacketArgument(_arguments, i);
            return args;
        }
    }

    /// <summary>Gives the event other arguments, for the middlewares and handlers behind; an acknowledgement remains what it was.</summary>
    /// <param name="args">The new arguments; those received (<see cref="Args"/>) pass as they are.</param>
    /// <exception cref="System.Text.Json.JsonException">A value cannot be serialised.</exception>
    public void SetArgs(params IReadOnlyList<object?> args)
    {
        // One argument that is null.
        _arguments = _format.Read(PacketType.Ack, EventBody.Answer(_format, [.. args ?? [null]]));
    }

    /// <summary>Gives the event one other argument; a list or an array is one, too.</summary>
    /// <inheritdoc cref="SetArgs(IReadOnlyList{object?})"/>
    /// <param name="arg">The new argument.</param>
    public void SetArgs<T>(T arg) => SetArgs(args: [arg]);

    /// <summary>Converts one argument.</summary>
    /// <param name="index">0 is the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="System.Text.Json.JsonException">It does not fit the type.</exception>
    public T? Get<T>(int index)
    {
        try
        {
            return _arguments.Get<T>(index);
        }
        // Types of the application check what they are made of, and say so in any way.
        catch (Exception e) when (index >= 0 && index < _arguments.Count && e is not OutOfMemoryException)
        {
            throw new ArgumentRefusedException($"Argument {index + 1} does not fit.", e);
        }
    }

    /// <summary>True when the argument is null or was not sent.</summary>
    public bool IsMissing(int index) => index >= _arguments.Count || _arguments.IsNull(index);

    /// <summary>Answers the event with one argument, once; a list or an array is one, too. Later calls, and calls when nobody asked, do nothing.</summary>
    public ValueTask AckAsync<T>(T arg)
    {
        if (IsOwed)
        {
            var writer = _format.CreateBody();
            writer.Append(arg);
            // What cannot be written throws, and then the answer is still owed.
            TakeAnswer()?.Invoke(writer.Complete());
        }

        return default;
    }

    /// <summary>Answers the event, once; later calls, and calls when nobody asked, do nothing.</summary>
    /// <param name="args">The arguments; those received (<see cref="Args"/>) pass as they are.</param>
    public ValueTask AckAsync(params IReadOnlyList<object?> args)
    {
        if (IsOwed)
        {
            // What cannot be written throws, and then the answer is still owed. Null is one argument that is null.
            var body = EventBody.Answer(_format, [.. args ?? [null]]);
            TakeAnswer()?.Invoke(body);
        }

        return default;
    }

    /// <summary>The span of this event; null when nobody wants it. Set before any handler is called.</summary>
    internal EventSpan? Span
    {
        get => _scope?.Span;
        set => _scope = value is null ? null : new HandlerScope(null, null, default) { Span = value };
    }

    /// <summary>Why the client has left; for disconnect handlers.</summary>
    internal DisconnectReason Reason => _scope?.Reason ?? default;

    /// <summary>The same, or the application's own, or null.</summary>
    internal IServiceProvider? ServicesOrNull => _scope?.Services ?? Namespace.Server.Services;

    /// <summary>The same event with the services of one handler: two that run at once have a scope each, and one acknowledgement.</summary>
    internal EventContext In(IServiceProvider services) => new(this, new(_scope?.Event ?? this, services, Reason) { Span = Span });

    /// <summary>Tells the client that its event failed; nothing when it did not ask, or was answered already.</summary>
    internal void Fail(EventFailure failure)
    {
        if (TakeAnswer() is not { } answer)
            return;
        PacketBody body;
        try
        {
            body = EventBody.Answer(_format, failure);
        }
        catch (Exception e) when (failure.Error.Data is not null)
        {
            Namespace.Server.Dispatcher.HandlerFailed(e, Name, Namespace.Name);
            body = EventBody.Answer(_format, new EventFailure(failure.Error.Code, failure.Error.Message));
        }

        answer(body);
    }

    internal EventContext Because(DisconnectReason reason) => new(this, new(this, null, reason));

    /// <summary>The arguments from there on, as they are. Those of the whole event have its name.</summary>
    internal PacketArguments RestFrom(int index) => index == 0 ? _arguments : _format.Read(PacketType.Ack, EventBody.Answer(_format, [.. Args.Skip(index)]));

    private bool IsOwed => (_scope?.Event ?? this)._answer is { } answer && !ReferenceEquals(answer, Answered);

    // Null when nobody asked. What was called once does nothing any more.
    private Action<PacketBody>? TakeAnswer()
    {
        ref var answer = ref (_scope?.Event ?? this)._answer;
        if (answer is null)
            return null;
        var taken = Interlocked.Exchange(ref answer, Answered);
        if (ReferenceEquals(taken, Answered))
            return null;
        Span?.Acknowledged();
        return taken;
    }

    /// <summary>What belongs to one handler of an event, and what few events have. The event is null where it is the one that this belongs to.</summary>
    private sealed record HandlerScope(EventContext? Event, IServiceProvider? Services, DisconnectReason Reason)
    {
        public EventSpan? Span { get; init; }
    }
}
