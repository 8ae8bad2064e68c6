using Akka.ClusterAdapter.Server;

namespace TestServer.Profiles;

/// <summary>What checks of the wire protocol talk to: two namespaces that tell the auth payload and send back what they get.</summary>
internal static class ProtocolProfile
{
    public const string Custom = "/custom";

    public static void Configure(SocketIOServer io)
    {
        io.OnConnection(socket =>
        {
            socket.On("message", (EventContext e) => socket.EmitArgsAsync("message-back", e.Args));
            socket.On("message-with-ack", (EventContext e) => e.AckAsync(e.Args));
            return socket.EmitAsync("auth", socket.Handshake.Auth);
        });
        io.Of(Custom).OnConnection(socket => socket.EmitAsync("auth", socket.Handshake.Auth));
    }
}
