using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter;

/// <content>Events between workers.</content>
public sealed partial class Namespace
{
    internal override IArgumentFormat ServerSideFormat => Server.ServerSideFormat;

    internal void RaiseServerSide(PacketBody body, Action<PacketBody>? answer)
    {
        var format = ServerSideFormat;
        var context = new EventContext(null, format, format.Read(PacketType.Event, body), answer);
        var handlers = _serverSide.Take(context.Name);
        if (handlers.IsEmpty)
            Log.HandledByNobody(Server.Logger, context.Name, Name);
        Server.Invoke(handlers, context, Name);
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Debug, "Server-side event \"{Event}\" in {Namespace} is handled by nobody on this worker.")]
        public static partial void HandledByNobody(ILogger logger, string @event, string @namespace);
    }
}
