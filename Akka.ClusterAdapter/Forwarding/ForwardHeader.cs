using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Forwarding;

/// <summary>Who brings a request to a worker.</summary>
internal enum ForwardedBy
{
    /// <summary>Another worker, whose application has let the request pass already.</summary>
    Worker,

    /// <summary>A worker that stops and takes no new sessions; the application here decides about this one.</summary>
    LeavingWorker,

    /// <summary>A gateway, which knows nothing of the application.</summary>
    Gateway,
}

/// <summary>
/// The header by which a worker or a gateway proves that it forwards a request, and says who the client is: <c>token by address port scheme</c>, and behind it
/// the name of the server when it has one. A worker that knows of no named servers does not take such a header for one.
/// </summary>
/// <param name="Token">The secret of the worker that receives the request.</param>
/// <param name="By">Who forwards it.</param>
/// <param name="Address">The client's address; null when it has none.</param>
/// <param name="Port">The client's port.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>, as the client spoke.</param>
/// <param name="Server">Whose session it is for; empty for the unnamed server, and where the path says it.</param>
internal sealed record ForwardHeader(string Token, ForwardedBy By, IPAddress? Address, int Port, string Scheme, string Server = "")
{
    public const string Name = "Socketio-Forwarded";

    private const string NoAddress = "-";
    private static readonly string[] Names = ["worker", "leaving-worker", "gateway"];

    /// <summary>The header for a client's request.</summary>
    public static ForwardHeader Of(HttpContext context, string token, ForwardedBy by, string server = "") =>
        new(token, by, context.Connection.RemoteIpAddress, context.Connection.RemotePort, context.Request.Scheme, by == ForwardedBy.Worker ? server : "");

    /// <summary>What the header says; null when it is not written as workers write it.</summary>
    public static ForwardHeader? Read(string text)
    {
        var parts = text.Split(' ');
        if (parts.Length is not (5 or 6) || Array.IndexOf(Names, parts[1]) is not (>= 0 and var by) || parts[4] is not ("http" or "https"))
            return null;
        if (!int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > ushort.MaxValue)
            return null;
        IPAddress? address = null;
        if (parts[2] != NoAddress && !IPAddress.TryParse(parts[2], out address))
            return null;
        var server = parts.Length == 6 ? parts[5] : "";
        if (parts.Length == 6 && (by != (int)ForwardedBy.Worker || server.Length == 0))
            return null;
        return new ForwardHeader(parts[0], (ForwardedBy)by, address, port, parts[4], server);
    }

    /// <summary>Compares in a time that tells nothing about the token.</summary>
    public bool Carries(string token) =>
        token.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Token), Encoding.UTF8.GetBytes(token));

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture, $"{Token} {Names[(int)By]} {Address?.ToString() ?? NoAddress} {Port} {Scheme}{(Server.Length > 0 ? " " : "")}{Server}");

    // The token is a secret: it must not get into a log by way of ToString.
    public override string ToString() => $"{By} {Address} {Port} {Scheme}";
}
