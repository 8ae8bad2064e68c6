using System.Net;
using System.Text.Json;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Operators;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server.Authorization;
using Akka.ClusterAdapter.Server.Filters;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Carries out the CONNECT packets of a connection: finds the namespace, lets its middlewares decide, opens the socket or tells the client why not
/// (docs/decisions/0037).
/// </summary>
internal sealed partial class ClientConnects(SocketIOServer server, Client client)
{
    private static readonly JsonElement NoAuth = JsonDocument.Parse("{}").RootElement;
    private static readonly ConnectError InternalError = new("Internal server error");

    /// <summary>
    /// The last CONNECT counts. One that asks for what is there, or on its way, already changes nothing; another one takes its place. So each
    /// namespace has one decision under way at most.
    /// </summary>
    public void Connect(Packet packet)
    {
        var name = packet.Header.Namespace;

        // Compared before it is parsed, and as JSON afterwards, which it is kept as.
        if (packet.Refusal is null && packet.Arguments.Count > 0 && packet.Arguments.Body.Size > server.Options.MaxAuthBytes)
        {
            if (client.Namespaces.Find(name, out _) is null)
                Refuse(name, TooLargeAuth(name));
            return;
        }

        if (AuthOf(packet) is not { } auth)
        {
            if (client.Namespaces.Find(name, out _) is null)
                Refuse(name, new(new("Invalid auth payload"), packet.Refusal?.Reason ?? Rejections.Arguments));
            return;
        }

        if (!client.Namespaces.TryBegin(name, auth, out var turn, out var replaced))
            return;
        replaced?.Life.Leave(DisconnectReason.ClientNamespaceDisconnect);
        if (turn is null)
            Refuse(name, new(new("Too many namespaces"), Rejections.TooManyNamespaces));
        else
            server.Dispatcher.Start(new(HandlerKind.Middleware, "connect", name), static (me, it) => me.DecideAsync(it.turn, it.auth), this, (turn, auth));
    }

    /// <summary>
    /// Runs on the connection's own thread as long as nothing waits; a middleware may take its time. Then it is the turn of the CONNECT that came
    /// meanwhile.
    /// </summary>
    private async ValueTask DecideAsync(ConnectTurn turn, JsonElement auth)
    {
        for (JsonElement? wanted = auth; wanted is { } present;)
        {
            ConnectRefusal? refusal;
            try
            {
                refusal = await JoinAsync(turn, present).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                server.Guard.Fail("connect", e);
                refusal = new(InternalError, Rejections.Failure);
            }

            wanted = client.Namespaces.EndTurn(turn, out var isSuperseded, out var replaced);
            replaced?.Life.Leave(DisconnectReason.ClientNamespaceDisconnect);
            if (refusal is not null && !isSuperseded)
                Refuse(turn.Namespace, refusal);
        }
    }

    private async ValueTask<ConnectRefusal?> JoinAsync(ConnectTurn turn, JsonElement auth)
    {
        var handshake = SocketIOServer.HandshakeOf(client.Engine.Request, auth, server.Parser.JsonOptions);
        if (handshake.AuthBytes > server.Options.MaxAuthBytes)
            return TooLargeAuth(turn.Namespace);
        if (!Traces.IsOn)
            return (await JoinAsync(turn, handshake).ConfigureAwait(false)).Refusal;
        var span = ClientTrace.BeginConnect(server, client.Engine, handshake);
        try
        {
            var (ns, refusal) = await JoinAsync(turn, handshake).ConfigureAwait(false);
            ClientTrace.EndConnect(span, ns, refusal);
            return refusal;
        }
        catch (Exception e)
        {
            Traces.Fail(span, e);
            throw;
        }
        finally
        {
            Traces.Stop(span, server.Guard);
        }
    }

    /// <summary>The namespace, null when there is none of that name, and why not; null when the client is in it.</summary>
    private async ValueTask<(Namespace? Namespace, ConnectRefusal? Refusal)> JoinAsync(ConnectTurn turn, Handshake handshake)
    {
        var ns = server.Table.Find(turn.Namespace);
        if (ns is null)
        {
            try
            {
                (ns, var whyNot) = await server.Table.FindDynamicAsync(turn.Namespace, handshake, client.Engine.Request.RemoteAddress).ConfigureAwait(false);
                if (ns is null)
                    return (null, new(new("Invalid namespace"), whyNot));
            }
            catch (ConnectErrorException e)
            {
                return (null, new(new(e.Message, e.ErrorData), Rejections.Middleware, "a predicate"));
            }
        }

        try
        {
            await ns.Life.Announced.ConfigureAwait(false);
            return (ns, await AdmitAsync(ns, turn, handshake).ConfigureAwait(false));
        }
        finally
        {
            ns.ReleaseReservation();
        }
    }

    /// <summary>Lets the middlewares decide; anew when the session was lost for which they had been left out.</summary>
    private async ValueTask<ConnectRefusal?> AdmitAsync(Namespace ns, ConnectTurn turn, Handshake handshake)
    {
        Socket? socket = null;
        try
        {
            var token = await AuthenticateAsync(handshake).ConfigureAwait(false);
            if (token is { User: null })
                return Refusal.OfConnect(client.Engine.Request.User, "its token is not accepted") with { Error = new(FailureCodes.Unauthorized) };
            var user = token?.User ?? client.Engine.Request.User;
            var claim = ns.Recovery is null
                ? null
                : await ns.Recovery.ClaimAsync(handshake, SocketUser.NameOf(user), () => !client.Namespaces.IsWanted(turn)).ConfigureAwait(false);
            // Nobody waits for what would be decided.
            var isWanted = client.Namespaces.IsWanted(turn);
            if (!isWanted && claim is null)
                return null;
            socket = new Socket(ns, client, handshake, claim);
            Know(socket, token);
            if (claim is not null)
                ns.Recovery!.Hold(socket);
            if (!isWanted)
            {
                Open(turn, socket); // it is not let in; its session stays, unless it has left by itself
                return null;
            }

            var refusal = await new ConnectMiddlewares(ns, socket, () => Open(turn, socket)).RunAsync().ConfigureAwait(false);
            if (refusal is null && socket.HasLostClaim)
            {
                var anew = socket = new Socket(ns, client, handshake, claim: null);
                Know(anew, token);
                refusal = await new ConnectMiddlewares(ns, anew, () => Open(turn, anew)).RunAsync().ConfigureAwait(false);
            }

            if (refusal is not null)
                socket.Life.Leave(DisconnectReason.ServerNamespaceDisconnect);
            return refusal;
        }
        catch
        {
            socket?.Life.Leave(DisconnectReason.TransportClose);
            throw;
        }
    }

    /// <summary>Who shows its token; null without one.</summary>
    private async ValueTask<TokenUser?> AuthenticateAsync(Handshake handshake) =>
        server.Tokens is { } tokens && TokenAuthentication.TokenOf(handshake) is { } token
            ? await tokens.AuthenticateAsync(token, handshake).ConfigureAwait(false)
            : null;

    private static void Know(Socket socket, TokenUser? token)
    {
        if (token is not null)
            socket.Identity.Set(token);
    }

    /// <summary>
    /// The middlewares let it in: from here on the connection's end reaches the socket. Unless its client has thought better of it meanwhile.
    /// </summary>
    private void Open(ConnectTurn turn, Socket socket)
    {
        if (!client.Namespaces.TryJoin(turn, socket, out var isUnwanted))
            socket.Life.Leave(isUnwanted ? DisconnectReason.ClientNamespaceDisconnect : DisconnectReason.TransportClose);
        else if (!server.Guard.Run("open", static socket => socket.Life.Open(), socket))
            client.CloseFor(DisconnectReason.ForcedServerClose);
    }

    private void Refuse(string name, ConnectRefusal refusal)
    {
        server.Metrics.Rejected(refusal.Reason);
        Log.Refused(server.Logger, name, client.Engine.Request.RemoteAddress, refusal.Error.Message, refusal.By ?? refusal.Reason);
        if (!server.Guard.Run("connect-error", Send, refusal.Error))
            Send(InternalError);

        // What the application gives with its refusal may be anything.
        void Send(ConnectError error) =>
            client.Engine.TrySend(server.Encode(new PacketHeader(PacketType.ConnectError, name), EventBody.Answer(server.Parser, error)));
    }

    private ConnectRefusal TooLargeAuth(string name)
    {
        Log.AuthTooLarge(server.Logger, name, server.Options.MaxAuthBytes);
        return new(new("Auth payload too large"), Rejections.AuthTooLarge);
    }

    /// <summary>The payload of a CONNECT; null when it cannot be used.</summary>
    private static JsonElement? AuthOf(Packet packet)
    {
        if (packet.Refusal is not null)
            return null;
        try
        {
            return packet.Arguments.Count > 0 ? packet.Arguments.Get<JsonElement>(0) : NoAuth;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2041, LogLevel.Debug, "A client at {Address} was refused in {Namespace}: {Message} ({By}).", EventName = "ConnectRefused")]
        public static partial void Refused(ILogger logger, string @namespace, IPAddress? address, string message, string by);

        [LoggerMessage(2042, LogLevel.Warning, "A client was refused in {Namespace}: its auth payload is larger than MaxAuthBytes, {Limit} bytes.")]
        public static partial void AuthTooLarge(ILogger logger, string @namespace, int limit);
    }
}
