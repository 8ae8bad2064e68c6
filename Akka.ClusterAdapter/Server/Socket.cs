using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Authorization;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// One client's place in one namespace. Emitting on it reaches that client only; <see cref="To"/>, <see cref="Broadcast"/> and their kin reach
/// others, on every worker, and never the client itself.
/// </summary>
public sealed partial class Socket : EventEmitter, ISocketRoute
{
    private static long _incarnations;
    private int _roomsJoined;
    private object? _data;

    internal Socket(Namespace ns, Client client, Handshake handshake, ClaimedSession? claim)
    {
        Id = claim?.Session.SocketId ?? NewId();
        _data = claim?.Session.Data;
        IsDataFromElsewhere = claim is { IsDataFromElsewhere: true } or { Session.IsDataFromElsewhere: true };
        _roomsJoined = claim?.Session.Rooms.Length ?? 1;
        Namespace = ns;
        Client = client;
        Handshake = handshake;
        Listeners = new();
        Session = ns.Recovery is { } recovery ? new(this, recovery, claim) : null;
        Life = new(this);
        Identity = new(this);
    }

    /// <summary>Public id, stable for the socket's life: 20 url-safe characters. Also the name of a room with this socket alone in it.</summary>
    public string Id { get; }

    /// <summary>The namespace it is in.</summary>
    public Namespace Namespace { get; }

    /// <summary>How its connection began, with the auth payload it sent to this namespace.</summary>
    public Handshake Handshake { get; }

    /// <summary>
    /// The user of its token (<see cref="SocketIOOptions.TokenScheme"/>), and without one that of its first request; anonymous unless the endpoint
    /// authenticates.
    /// </summary>
    public ClaimsPrincipal User => Identity.Current;

    /// <summary>The Engine.IO session that carries it, shared with the client's other namespaces.</summary>
    public EngineSocket Connection => Client.Engine;

    /// <summary>
    /// Anything the application wants to keep with the socket. Serialised as JSON, by the server's own JSON options, when somebody fetches sockets,
    /// and with connection state recovery when the client is lost: null, and what cannot be serialised, is <c>{}</c> then. Default null.
    /// </summary>
    public object? Data
    {
        get => _data;
        set
        {
            _data = value;
            Namespace.Recovery?.Sessions.Marks.Socket(Id);
            Namespace.Server.Observer?.DataChanged(this);
        }
    }

    /// <summary>True when its data were JSON from another worker when it came.</summary>
    internal bool IsDataFromElsewhere { get; }

    /// <summary>
    /// True when its client came back after a lost connection: id, rooms and data are those it had, and it gets what it missed. False without
    /// connection state recovery.
    /// </summary>
    public bool Recovered => Session?.IsRecovered == true;

    /// <summary>True from the moment the client was admitted until it leaves.</summary>
    public bool Connected => Life.IsConnected;

    /// <summary>
    /// Cancelled when the socket leaves, whatever the reason. What is registered with it runs on the thread pool; its exceptions are logged and
    /// counted.
    /// </summary>
    public CancellationToken Disconnected => Life.Disconnected;

    /// <summary>
    /// How it left: the reason and what is known besides, as the second argument of the original's disconnect events. Null while it is connected; there before
    /// the handlers of <c>OnDisconnecting</c> are called.
    /// </summary>
    public Disconnection? Disconnection => Life.Disconnection;

    /// <summary>Rooms it is in, its own id's included; a snapshot, empty once it left.</summary>
    public IReadOnlyList<string> Rooms => Namespace.Members.RoomsOf(this);

    /// <summary>
    /// Everybody else in the namespace, on every worker. (<see cref="BroadcastTarget.FetchSocketsAsync"/> and its kin leave this client out as well.)
    /// </summary>
    public BroadcastOperator Broadcast => Others(BroadcastOptions.All);

    /// <summary>Everybody else in the namespace on this worker.</summary>
    public BroadcastOperator Local => Others(new BroadcastOptions { IsLocal = true });

    /// <summary>This client only, and only if its connection can take the packet at once.</summary>
    public SocketOperator Volatile => Me(new BroadcastOptions { IsVolatile = true });

    /// <summary>The client's connection with all its namespaces: what the original calls <c>socket.client</c> and <c>socket.conn</c>.</summary>
    public ClientConnection ClientConnection => Client.Connection;

    /// <summary>The connection with all its namespaces.</summary>
    internal Client Client { get; }

    /// <summary>How far it is.</summary>
    internal SocketLife Life { get; }

    /// <summary>Who its client is.</summary>
    internal SocketUser Identity { get; }

    /// <summary>What the application has registered on it.</summary>
    internal SocketListeners Listeners { get; }

    /// <summary>What of it outlives its connection; null without connection state recovery.</summary>
    internal SocketSession? Session { get; }

    /// <summary>The secret by which its client finds it again; null without connection state recovery.</summary>
    internal string? PrivateId => Session?.PrivateId;

    /// <summary>A handler of one of its events has ended: it may have changed what is in its data.</summary>
    internal void EventHandled()
    {
        if (Namespace.Recovery is { Sessions.Marks: { IsOn: true } marks } && SessionSnapshots.MayChange(_data))
            marks.Socket(Id);
    }

    /// <inheritdoc cref="SocketSession.HasLostClaim"/>
    internal bool HasLostClaim => Session?.HasLostClaim == true;

    internal override IPacketParser Parser => Namespace.Parser;

    IPacketParser ISocketRoute.Parser => Namespace.Parser;

    internal PendingAcks Acks => Life.Acks;

    /// <summary>Tells it from an earlier socket of the same client, which had the same id: it grows.</summary>
    internal long Incarnation { get; } = Interlocked.Increment(ref _incarnations);

    internal int PendingAckCount => Life.PendingAckCount;

    /// <summary>The handshake as other workers get it; made when the first of them asks.</summary>
    internal byte[] HandshakeJson => field ??= Handshake.ToJson();

    /// <summary>Members of these rooms on every worker, without this client.</summary>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To"/>.</summary>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>Everybody else who is in none of these rooms, on every worker.</summary>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    /// <summary>
    /// This client only; an answer is waited for as long as given, zero not at all, at most a day. Without it:
    /// <see cref="SocketIOOptions.AckTimeout"/>, 30 s by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or longer than a day; nothing was sent.</exception>
    public SocketOperator Timeout(TimeSpan timeout) => Me(BroadcastOptions.All).Timeout(timeout);

    /// <summary>
    /// This client only; whether an HTTP long-polling response that carries the packet may be compressed. Default true; WebSockets go by
    /// <see cref="EngineOptions.PerMessageDeflate"/> alone.
    /// </summary>
    public SocketOperator Compress(bool compress) => Me(new BroadcastOptions { Compress = compress });

    /// <inheritdoc cref="SocketOperator.EmitWithAckAsync{TAck}(string, IReadOnlyList{object?}, CancellationToken)"/>
    public Task<TAck?> EmitWithAckAsync<TAck>(string eventName, IReadOnlyList<object?> args, CancellationToken ct = default) =>
        Me(BroadcastOptions.All).EmitWithAckAsync<TAck>(eventName, args, ct);

    /// <inheritdoc cref="SocketOperator.EmitWithAckAsync{T, TAck}(Event{T, TAck}, T, CancellationToken)"/>
    public Task<TAck?> EmitWithAckAsync<T, TAck>(Event<T, TAck> @event, T arg, CancellationToken ct = default) =>
        Me(BroadcastOptions.All).EmitWithAckAsync(@event, arg, ct);

    /// <summary>
    /// Joins rooms; joining twice is once. Does nothing once the socket left. Membership is known to every worker's broadcasts from the moment the
    /// call completes.
    /// </summary>
    /// <exception cref="ArgumentException">A room name is longer than <see cref="SocketIOOptions.MaxRoomNameLength"/>.</exception>
    /// <exception cref="InvalidOperationException">The socket would be in more than <see cref="SocketIOOptions.MaxRoomsPerSocket"/> rooms.</exception>
    public async ValueTask JoinAsync(params IReadOnlyList<string> rooms)
    {
        RoomNames.Check(rooms);
        if (Life.IsClosed)
            return;
        CheckRooms(rooms);
        await Namespace.Members.JoinAsync(this, rooms).ConfigureAwait(false);
        if (Life.IsClosed)
            await Namespace.Members.LeaveAllAsync(this).ConfigureAwait(false);
    }

    /// <summary>Leaves a room; harmless when it is not in it. Known to every worker's broadcasts from the moment the call completes.</summary>
    public ValueTask LeaveAsync(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Namespace.Members.LeaveAsync(this, room);
    }

    /// <summary>
    /// Authenticates its client anew, by a token that came in an event:
    /// <c>io.On("renew", (Socket socket, string token) => socket.AuthenticateAsync(token))</c>. Accepted, <see cref="User"/> is what it says and the earlier
    /// one's end does not count any more. In this namespace only.
    /// </summary>
    /// <returns>
    /// False when it is not accepted, is somebody else's, or its user may not be in this namespace; nothing has changed then, and the earlier token counts.
    /// </returns>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.TokenScheme"/> is not set.</exception>
    public async ValueTask<bool> AuthenticateAsync(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        var tokens = Namespace.Server.Tokens
            ?? throw new InvalidOperationException("There is nobody to ask for the user of a token: set SocketIOOptions.TokenScheme.");
        var known = await tokens.AuthenticateAsync(token, Handshake).ConfigureAwait(false);
        if (known.User is not { } user || !Identity.IsSame(user))
            return false;
        foreach (var rule in Namespace.Life.Rules)
        {
            if (!await rule.AllowsAsync(user, this).ConfigureAwait(false))
                return false;
        }

        Identity.Set(known);
        return true;
    }

    /// <summary>
    /// The data as the type it was set with; default when there is none or it is another. Data that came from another worker, where its client was
    /// before, are read as this type the first time, and are of this type from then on.
    /// </summary>
    /// <exception cref="JsonException">They came from another worker and are not of this type.</exception>
    public T? GetData<T>()
    {
        if (Data is T data)
            return data;
        if (Data is not JsonElement json || !IsDataFromElsewhere)
            return default;
        var read = json.Deserialize<T>(Namespace.Server.Parser.JsonOptions);
        Data = read;
        return read;
    }

    /// <summary>Takes the handlers of an event out. (A single one is taken out by disposing what <c>On</c> returned.)</summary>
    public void Off(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        Listeners.Events.RemoveAll(eventName);
    }

    /// <summary>
    /// Removes one handler of an event: the last that was added with this delegate (of the same method, and for a lambda of the same object).
    /// </summary>
    /// <returns>False when there was none.</returns>
    public bool Off(string eventName, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        ArgumentNullException.ThrowIfNull(handler);
        return Listeners.Events.Remove(eventName, handler);
    }

    /// <summary>Takes the handlers of all events out; catch-all and disconnect handlers stay.</summary>
    public void Off() => Listeners.Events.Clear();

    /// <summary>
    /// Disconnects the client from this namespace, or with <paramref name="close"/> (default false) from all of them, closing its connection once
    /// what is queued was sent. The client is told and does not reconnect by itself; what it sends before it learns of it is ignored. Does nothing
    /// when the socket has left. Completed at once.
    /// </summary>
    public ValueTask DisconnectAsync(bool close = false)
    {
        if (Connected)
            Client.Disconnect(this, close);
        return default;
    }

    ValueTask ISocketRoute.EmitAsync(PacketBody body, BroadcastOptions options, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (Session is not null && !Life.IsConnecting)
            return Namespace.Adapter.BroadcastAsync(body, options with { Rooms = [Id], IsLocal = true }, ct);
        Life.Send(Namespace.Server.Encode(new PacketHeader(PacketType.Event, Namespace.Name), body), body, options, isForFew: true);
        return default;
    }

    internal override ValueTask EmitBodyAsync(PacketBody body, CancellationToken ct) =>
        ((ISocketRoute)this).EmitAsync(body, BroadcastOptions.All, ct);

    Task<PacketBody> ISocketRoute.EmitWithAckAsync(PacketBody body, BroadcastOptions options, CancellationToken ct) =>
        Namespace.Operator.Telemetry.AskOneAsync(static it => it.Me.AskAsync(it.body, it.options, it.ct), (Me: this, body, options, ct), (Parser, body), ct);

    private async Task<PacketBody> AskAsync(PacketBody body, BroadcastOptions options, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var answered = new TaskCompletionSource<PacketBody>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = Namespace.NextAckId();
        if (!Acks.TryAdd(id, answer => Settle(answered, answer)))
        {
            if (Life.IsClosed)
                throw new OperationCanceledException("The client has left.");
            Namespace.Server.Metrics.Rejected(Rejections.TooManyAcks);
            throw new InvalidOperationException($"The client already owes {Namespace.Server.Options.MaxPendingAcks} acknowledgements.");
        }

        Life.Send(Namespace.Server.Encode(new PacketHeader(PacketType.Event, Namespace.Name, id), body), body, options, isForFew: true);
        try
        {
            var timeout = options.Timeout ?? Namespace.Server.Options.AckTimeout;
            return await answered.Task.WaitAsync(timeout, Namespace.Server.Time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AckTimeoutException(Parser,
                new ClusterReply<SocketAnswer>([new(Id, Namespace.Server.WorkerId, SocketAnswerState.TimedOut, null)], [], []) { IsTimedOut = true });
        }
        finally
        {
            Acks.Forget(id);
        }
    }

    /// <summary>
    /// Its client is back on another connection: this one ends. The task completes when its session can be claimed, which is later where another
    /// thread is ending it already.
    /// </summary>
    internal Task GiveWayAsync()
    {
        Client.GiveWay();
        return Session?.Left ?? Task.CompletedTask;
    }

    /// <summary>15 random bytes; never the session's id, which is a secret.</summary>
    internal static string NewId()
    {
        Span<byte> random = stackalloc byte[15];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random);
    }

    private static void Settle(TaskCompletionSource<PacketBody> answered, PacketBody? answer)
    {
        if (answer is null)
            answered.TrySetException(new OperationCanceledException("The client left before it answered."));
        else
            answered.TrySetResult(answer);
    }

    private NamespaceOperator Others(BroadcastOptions options) => Namespace.Operator.With(options with { Except = [Id] });

    internal SocketOperator Me(BroadcastOptions options) => new(this, options);

    private void CheckRooms(IReadOnlyList<string> rooms, [CallerArgumentExpression(nameof(rooms))] string? name = null)
    {
        var options = Namespace.Server.Options;
        for (var i = 0; i < rooms.Count; i++)
        {
            if (rooms[i].Length > options.MaxRoomNameLength)
                throw new RoomNameException($"A room name has at most {options.MaxRoomNameLength} characters.", name);
        }

        if (Interlocked.Add(ref _roomsJoined, rooms.Count) <= options.MaxRoomsPerSocket)
            return;
        var now = Rooms;
        Interlocked.Exchange(ref _roomsJoined, now.Count + rooms.Count);
        if (now.Union(rooms, StringComparer.Ordinal).Count() <= options.MaxRoomsPerSocket)
            return;
        Namespace.Server.Metrics.Rejected(Rejections.TooManyRooms);
        throw new TooManyRoomsException($"A socket is in at most {options.MaxRoomsPerSocket} rooms.");
    }
}
