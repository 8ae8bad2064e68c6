using System.Text;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.Origins;
using Akka.ClusterAdapter.Engine.Polling;
using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>Query and headers: the first line is the query, then one header a line, as a web server hands them on.</summary>
internal static class RequestHeads
{
    // Kestrel's own limit.
    private const int MostHeaders = 100;

    public static void Run(byte[] input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n');
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpUpgradeFeature>(new Upgradable());
        foreach (var line in lines.Skip(1).Take(MostHeaders))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                context.Request.Headers.Append(line[..colon], line[(colon + 1)..].Trim());
        }

        var query = new QueryString("?" + lines[0]);
        _ = (EngineQuery.Parse(query).Count, EngineQuery.Read(query));
        if (WebSocketHandshake.IsRequested(context))
            _ = (WebSocketHandshake.IsValid(context), DeflateNegotiation.Accept(context));
        _ = ContentCoding.Choose(context.Request, "br", "gzip", "deflate");
        var origin = context.Request.Headers.Origin.ToString();
        if (!OriginRule.IsLegal(origin))
            return;
        foreach (var kinds in Enum.GetValues<AmbientCredentialKinds>())
            _ = PageOrigin.IsOwn(context.Request, origin, kinds);
    }

    private sealed class Upgradable : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => true;

        public Task<Stream> UpgradeAsync() => Task.FromResult(Stream.Null);
    }
}
