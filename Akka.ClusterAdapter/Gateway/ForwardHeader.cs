using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>The header by which a worker proves that it forwards a request, and says who the client is: <c>token address port scheme</c>.</summary>
/// <param name="Token">The secret of the worker that receives the request.</param>
/// <param name="Address">The client's address; null when it has none.</param>
/// <param name="Port">The client's port.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>, as the client spoke.</param>
internal sealed record ForwardHeader(string Token, IPAddress? Address, int Port, string Scheme)
{
    public const string Name = "Socketio-Forwarded";

    private const string NoAddress = "-";

    /// <summary>The header for a client's request.</summary>
    public static ForwardHeader Of(HttpContext context, string token) =>
        new(token, context.Connection.RemoteIpAddress, context.Connection.RemotePort, context.Request.Scheme);

    /// <summary>What the header says; null when it is not written as workers write it.</summary>
    public static ForwardHeader? Read(string text)
    {
        var parts = text.Split(' ');
        if (parts.Length != 4 || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > ushort.MaxValue || parts[3] is not ("http" or "https"))
            return null;
        IPAddress? address = null;
        return parts[1] == NoAddress || IPAddress.TryParse(parts[1], out address) ? new ForwardHeader(parts[0], address, port, parts[3]) : null;
    }

    /// <summary>Compares in a time that tells nothing about the token.</summary>
    public bool Carries(string token) =>
        token.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Token), Encoding.UTF8.GetBytes(token));

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Token} {Address?.ToString() ?? NoAddress} {Port} {Scheme}");

    // The token is a secret: it must not get into a log by way of ToString.
    public override string ToString() => $"{Address} {Port} {Scheme}";
}
