using Akka.ClusterAdapter.Server.Authorization;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Server;

/// <summary>The middlewares of a namespace decide about one client.</summary>
/// <param name="ns">The namespace.</param>
/// <param name="socket">The client's socket.</param>
/// <param name="open">Admits it.</param>
internal sealed partial class ConnectMiddlewares(Namespace ns, Socket socket, Action open)
{
    private readonly NamespaceLife _life = ns.Life;
    private readonly Func<Socket, Func<ValueTask>, ValueTask>[] _middlewares =
        socket.Recovered && !ns.AlwaysAsksMiddlewares && ns.Recovery!.Sessions.Options.SkipMiddlewares ? [] : ns.Life.Middlewares;

    private int _at;
    private bool _isAdmitted;
    private bool _isFull;

    /// <summary>Runs them, one after the other. Null when all let it in (or the connection went away).</summary>
    public async ValueTask<ConnectRefusal?> RunAsync()
    {
        try
        {
            if (await RefuseAsync().ConfigureAwait(false) is { } refusal)
                return refusal;
            await NextAsync(0).ConfigureAwait(false);
            if (_isAdmitted)
                return null;
            return _isFull
                ? new(new("Invalid namespace"), Rejections.TooManyDynamicNamespaces)
                : new(new("Connection refused"), Rejections.Middleware, Name() + " did not call next");
        }
        catch (ConnectErrorException e) when (!_isAdmitted)
        {
            return new(new(e.Message, e.ErrorData), Rejections.Middleware, Name());
        }
        catch (Exception e)
        {
            ns.Server.Metrics.Failed("middleware");
            if (_isAdmitted)
            {
                Log.MiddlewareFailedLate(ns.Server.Logger, e, Name(), ns.Name);
                return null;
            }

            Log.MiddlewareFailed(ns.Server.Logger, e, Name(), ns.Name);
            return new(new("Internal server error"), Rejections.Middleware, Name() + " threw");
        }
    }

    /// <summary>Who may not connect at all, recovered or not.</summary>
    private async ValueTask<ConnectRefusal?> RefuseAsync()
    {
        foreach (var rule in _life.Rules)
        {
            var user = socket.User;
            if (!await rule.AllowsAsync(user, socket).ConfigureAwait(false))
                return Refusal.OfConnect(user, "authorization");
        }

        return null;
    }

    private ValueTask NextAsync(int index)
    {
        if (index < _middlewares.Length)
            return _middlewares[_at = index](socket, () => NextAsync(index + 1));
        _isFull = !_isAdmitted && _life.Place?.TryCount() == false;
        if (!_isAdmitted && !_isFull)
        {
            _isAdmitted = true;
            open();
        }

        return default;
    }

    private string Name() => _at < _middlewares.Length
        ? $"middleware {_at + 1}, {_middlewares[_at].Method.DeclaringType?.Name}.{_middlewares[_at].Method.Name}"
        : "no middleware";

    private static partial class Log
    {
        [LoggerMessage(2051, LogLevel.Error, "A middleware ({Middleware}) of {Namespace} threw; the client was refused.")]
        public static partial void MiddlewareFailed(ILogger logger, Exception exception, string middleware, string @namespace);

        [LoggerMessage(2052, LogLevel.Error, "A middleware ({Middleware}) of {Namespace} threw after it had let the client in; the client stays.")]
        public static partial void MiddlewareFailedLate(ILogger logger, Exception exception, string middleware, string @namespace);
    }
}
