using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>One received event as it is: its name, its arguments unconverted, and the means to answer it.</summary>
public sealed class EventContext
{
    private readonly IArgumentFormat _format;
    private PacketArguments _arguments;
    private Action<PacketBody>? _answer;

    internal EventContext(Socket? socket, IArgumentFormat format, PacketArguments arguments, Action<PacketBody>? answer)
    {
        Socket = socket;
        Name = arguments.EventName;
        WantsAck = answer is not null;
        _format = format;
        _arguments = arguments;
        _answer = answer;
    }

    /// <summary>The socket that received it; null for an event of another worker.</summary>
    public Socket? Socket { get; }

    /// <summary>The event's name. A packet middleware may change it before the handlers are chosen.</summary>
    public string Name { get; set; }

    /// <summary>True when the sender asked for an acknowledgement.</summary>
    public bool WantsAck { get; }

    /// <summary>How many arguments came.</summary>
    public int Count => _arguments.Count;

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
        ArgumentNullException.ThrowIfNull(args);
        _arguments = _format.Read(PacketType.Ack, EventBody.Answer(_format, [.. args]));
    }

    /// <summary>Converts one argument.</summary>
    /// <param name="index">0 is the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="System.Text.Json.JsonException">It does not fit the type.</exception>
    public T? Get<T>(int index) => _arguments.Get<T>(index);

    /// <summary>True when the argument is null or was not sent.</summary>
    public bool IsMissing(int index) => index >= _arguments.Count || _arguments.IsNull(index);

    /// <summary>Answers the event, once; later calls, and calls when nobody asked, do nothing.</summary>
    public ValueTask AckAsync(params IReadOnlyList<object?> args)
    {
        if (Interlocked.Exchange(ref _answer, null) is { } answer)
            answer(EventBody.Answer(_format, [.. args]));
        return default;
    }

    internal ValueTask AckAsync<T>(T value)
    {
        if (Interlocked.Exchange(ref _answer, null) is { } answer)
        {
            var writer = _format.CreateBody();
            writer.Append(value);
            answer(writer.Complete());
        }

        return default;
    }
}
