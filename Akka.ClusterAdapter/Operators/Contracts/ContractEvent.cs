using System.ComponentModel;
using System.Text.Json;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// One event of a contract while it is written. For generated code: each argument is written once, as the type that the contract declares, then the
/// event is sent or asked, once.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ContractEvent
{
    private readonly EventEmitter _target;
    private readonly PacketBodyWriter _writer;
    private readonly string _name;

    internal ContractEvent(EventEmitter target, string name)
    {
        _target = target;
        _writer = EventBody.Start(target.Parser, name);
        _name = name;
    }

    /// <summary>Writes an argument.</summary>
    /// <exception cref="JsonException">It cannot be serialised; nothing was sent.</exception>
    public ContractEvent With<T>(T arg)
    {
        _writer.Append(arg);
        return this;
    }

    /// <summary>Writes each element as an argument of its own.</summary>
    /// <inheritdoc cref="With{T}"/>
    public ContractEvent WithEach<T>(IEnumerable<T> args)
    {
        if (args is null)
        {
            _writer.Abandon();
            throw new ArgumentNullException(nameof(args));
        }

        foreach (var arg in args)
            _writer.Append(arg);
        return this;
    }

    /// <summary>Sends it. Completed once it is handed on.</summary>
    public ValueTask SendAsync(CancellationToken ct = default) => _target.EmitBodyAsync(_writer.Complete(), ct);

    /// <summary>Sends it to one client and waits for the answer.</summary>
    /// <exception cref="JsonException">The client answered with nothing, or with another type.</exception>
    /// <exception cref="AckTimeoutException">No answer in time.</exception>
    /// <exception cref="OperationCanceledException">The client left before it answered, or the token was cancelled.</exception>
    public async Task<TAck> AskAsync<TAck>(CancellationToken ct = default)
    {
        var parser = _target.Parser;
        var answer = parser.Read(PacketType.Ack, await Socket.AskAsync(_writer.Complete(), ct).ConfigureAwait(false));
        return answer.Count > 0 && answer.Get<TAck>(0) is { } value
            ? value
            : throw new JsonException($"The client answered \"{_name}\" with nothing; the contract says {typeof(TAck).Name}, not null.");
    }

    /// <summary>As <see cref="AskAsync"/>; an answer of nothing is null.</summary>
    /// <inheritdoc cref="AskAsync"/>
    public async Task<TAck?> AskOrNullAsync<TAck>(CancellationToken ct = default)
    {
        var parser = _target.Parser;
        return EventBody.FirstAnswer<TAck>(parser, await Socket.AskAsync(_writer.Complete(), ct).ConfigureAwait(false));
    }

    /// <summary>Sends it to all that are selected and gathers their answers, in the order they come.</summary>
    /// <exception cref="AckTimeoutException">Somebody did not answer in time; carries the answers that came.</exception>
    public async Task<IReadOnlyList<TAck>> AskAllAsync<TAck>(CancellationToken ct = default)
    {
        var parser = _target.Parser;
        var reply = await Broadcast.AskClientsAsync(_writer.Complete(), ct).ConfigureAwait(false);
        if (reply.IsTimedOut)
            throw new AckTimeoutException(parser, reply);
        return ClientAnswers.Values<TAck>(parser, reply);
    }

    /// <summary>Sends it to all that are selected; tells of each client what became of it, and does not throw on time-out.</summary>
    public async Task<ClusterReply<SocketAnswer<TAck>>> AskEachAsync<TAck>(CancellationToken ct = default)
    {
        var parser = _target.Parser;
        var reply = await Broadcast.AskClientsAsync(_writer.Complete(), ct).ConfigureAwait(false);
        return ClientAnswers.Each<TAck>(parser, reply);
    }

    private SocketOperator Socket => (SocketOperator)_target;

    private BroadcastOperator Broadcast => ((BroadcastTarget)_target).Operator;
}
