using System.Net;
using System.Net.Sockets;
using LoadClient.Sockets;

namespace Floor;

/// <summary>
/// The least a worker can do for the rows of the table: one thread around epoll, a receive per readiness, the broadcasts of a round in
/// one send per socket. No heartbeats, no limits, no checks, no queues: a socket that takes nothing more is waited for. What it costs is
/// what the kernel costs: no server can cost less.
/// </summary>
internal sealed unsafe class Worker : IDisposable
{
    private const int EventCapacity = 1024;
    private const int LongestWait = 1000;
    private const int Backlog = 4096;

    private readonly int _number;
    private readonly int _poll = Libc.CreatePoll(0);
    private readonly byte[] _events = GC.AllocateArray<byte>(EventCapacity * 16, pinned: true);
    private readonly List<Connection?> _connections = [];
    private readonly Dictionary<string, Room> _rooms = [];
    private readonly HashSet<Room> _pending = [];
    private readonly List<PeerConnection> _peers = [];
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Listens on its port and is connected to the workers before it; those behind it will come.</summary>
    public Worker(int number, int workers, int port)
    {
        _number = number;
        Name = $"worker-{number}";
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port + number));
        _listener.Listen(Backlog);
        for (var other = 0; other < number; other++)
            Add(new PeerConnection(this, Connect(port + other)));
        while (_peers.Count < workers - 1)
            Add(new PeerConnection(this, _listener.Accept()));
        _listener.Blocking = false;
        Libc.Watch(_poll, Libc.Add, (int)_listener.SafeHandle.DangerousGetHandle(), Libc.Readable, -1);
        _connections.Capacity = Backlog;
    }

    public string Name { get; }

    /// <summary>What a connection's bytes are received into, behind what was left of the ones before.</summary>
    public byte[] Buffer { get; } = GC.AllocateArray<byte>(4 * 1024 * 1024, pinned: true);

    public IReadOnlyList<PeerConnection> Peers => _peers;

    public void Run()
    {
        new Thread(EndWithInput) { IsBackground = true }.Start();
        Console.WriteLine($"{_number} is ready");
        while (true)
            Round();
    }

    public void Dispose() => _listener.Dispose();

    public Room RoomOf(string name) => _rooms.TryGetValue(name, out var room) ? room : _rooms[name] = new Room();

    /// <summary>Everybody in the room gets the frame when this round ends, together with what else the round brings.</summary>
    public void Broadcast(string room, ReadOnlySpan<byte> frame)
    {
        if (!_rooms.TryGetValue(room, out var found))
            return;
        found.Append(frame);
        _pending.Add(found);
    }

    /// <summary>Everybody in the room but one gets the frame at once.</summary>
    public void Pass(string room, ClientConnection? sender, ReadOnlySpan<byte> frame)
    {
        if (!_rooms.TryGetValue(room, out var found))
            return;
        foreach (var member in found.Members)
        {
            if (member != sender)
                member.Send(frame);
        }
    }

    /// <summary>The client of a question that was passed on.</summary>
    public ClientConnection? ClientAt(int slot) => _connections[slot] as ClientConnection;

    public void Remove(ClientConnection client)
    {
        _connections[client.Slot] = null;
        foreach (var room in client.Rooms)
            room.Members.Remove(client);
    }

    private static Socket Connect(int port)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                socket.Dispose();
                Thread.Yield();
            }
        }
    }

    private static void EndWithInput()
    {
        while (Console.In.Read() >= 0)
        {
        }
        Environment.Exit(0);
    }

    private void Add(Connection connection)
    {
        connection.Slot = _connections.Count;
        _connections.Add(connection);
        if (connection is PeerConnection peer)
            _peers.Add(peer);
        Libc.Watch(_poll, Libc.Add, connection.Descriptor, Libc.Readable, connection.Slot);
    }

    private void Round()
    {
        fixed (byte* events = _events)
        {
            var ready = Libc.Wait(_poll, events, EventCapacity, LongestWait);
            for (var i = 0; i < ready; i++)
            {
                var slot = (int)*(ulong*)(events + (i * Libc.EventSize) + Libc.EventSize - 8);
                if (slot < 0)
                    Accept();
                else
                    _connections[slot]?.Receive(Buffer);
            }
        }
        foreach (var room in _pending)
            room.Flush();
        _pending.Clear();
        foreach (var peer in _peers)
            peer.Flush();
    }

    private void Accept()
    {
        try
        {
            while (true)
                Add(new ClientConnection(this, _listener.Accept()));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // That was the last one for now.
        }
    }
}
