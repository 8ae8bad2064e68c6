using System.Collections.Concurrent;
using Akka.ClusterAdapter.Engine.Polling;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Engine.Relaying;

/// <summary>A request that another worker answers, through this one. Disposed of by the request's own code.</summary>
internal sealed class Relay : IDisposable
{
    private readonly EngineCall _call;
    private readonly HttpContext _context;
    private readonly ConcurrentDictionary<Relay, byte> _all;
    private readonly IConnectionLifetimeNotificationFeature? _connection;
    private readonly RequestCut _cut = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isLeaving;
    private volatile bool _isEnding;

    /// <param name="context">The request, for its own code; the others touch only what outlives it.</param>
    /// <param name="call">What it is.</param>
    /// <param name="all">Those among which it is, until it has ended.</param>
    public Relay(HttpContext context, EngineCall call, ConcurrentDictionary<Relay, byte> all)
    {
        (_context, _call, _all) = (context, call, all);
        _connection = context.Features.Get<IConnectionLifetimeNotificationFeature>();

        // The other worker's answer has its own.
        context.Response.Headers.CacheControl = default;
    }

    /// <summary>A WebSocket stays until it is cut; anything else is answered sooner or later.</summary>
    public bool IsWebSocket => _call.IsUpgrade;

    /// <summary>Whether it waits at the other worker until there is something for its client.</summary>
    public bool IsPoll => !_call.IsUpgrade && _call.Sid.Length > 0 && HttpMethods.IsGet(_call.Method);

    /// <summary>The session it is for; empty for a new one.</summary>
    public string Sid => _call.Sid;

    /// <summary>Whether it was let go.</summary>
    public bool IsLeaving => Volatile.Read(ref _isLeaving) != 0;

    /// <summary>Whether its owner ends it, or is being asked to.</summary>
    public bool IsEnding { get => _isEnding; set => _isEnding = value; }

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets it go, once.</summary>
    public bool TryLeave() => Interlocked.Exchange(ref _isLeaving, 1) == 0;

    /// <summary>Ends it at both sides; its client comes back by another way.</summary>
    public void Cut() => _cut.Ask();

    /// <summary>Its client's next request shall come over another connection. When this one is over already, that is the connection's next request.</summary>
    public void LetConnectionGo() => _connection?.RequestClose();

    /// <summary>For the request's own code: waits for the other worker's answer, and ends it when it is cut.</summary>
    public async ValueTask<bool> RunAsync(ValueTask<bool> answer)
    {
        var answered = answer.AsTask();
        if (!await _cut.LetsEndAsync(answered).ConfigureAwait(false))
            _context.Features.Get<IHttpRequestLifetimeFeature>()?.Abort();
        return await answered.ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (!_context.Response.HasStarted)
            _context.Response.Headers.CacheControl = "no-store";
        _all.TryRemove(this, out _);
        _ended.TrySetResult();
    }
}
