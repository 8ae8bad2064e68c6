using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Relaying;

/// <summary>A connection that a client keeps alive between its requests. Lives as long as the connection.</summary>
internal sealed class KeptConnection
{
    private static readonly ConditionalWeakTable<IConnectionLifetimeNotificationFeature, KeptConnection> All = [];

    private readonly IConnectionLifetimeNotificationFeature _lifetime;
    private volatile bool _isWebSocket;
    private volatile string _relayed = "";

    private KeptConnection(IConnectionLifetimeNotificationFeature lifetime) => _lifetime = lifetime;

    /// <summary>A request's connection; null when it is another worker's or a gateway's, or the web server does not tell.</summary>
    public static KeptConnection? Of(HttpContext context) =>
        context.Features.Get<ForwardedFeature>() is null && context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime
            ? All.GetValue(lifetime, static lifetime => new KeptConnection(lifetime))
            : null;

    /// <summary>Those that last brought a request for one of these sessions, which other workers own; by session.</summary>
    public static ILookup<string, KeptConnection> OfRelayed(IReadOnlySet<string> sids) =>
        All.Select(pair => pair.Value).Where(connection => sids.Contains(connection._relayed)).ToLookup(connection => connection._relayed);

    /// <summary>It has brought a request for a session that another worker owns.</summary>
    public void Relayed(string sid) => _relayed = sid;

    /// <summary>From now on it is a WebSocket and nothing else. With HTTP/2 a WebSocket is one stream of many.</summary>
    public static void BecomeWebSocket(HttpContext context)
    {
        if (HttpProtocol.IsHttp11(context.Request.Protocol) && Of(context) is { } connection)
            connection._isWebSocket = true;
    }

    /// <summary>Closes it as soon as it is idle, so that its client's next request comes by another one.</summary>
    public void LetGo()
    {
        if (!_isWebSocket)
            _lifetime.RequestClose();
    }
}
