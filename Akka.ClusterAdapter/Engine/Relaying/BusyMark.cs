using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Relaying;

/// <summary>
/// Tells a gateway, or a worker that sends new sessions on, that a 503 is this worker's own: it takes no new session of anybody now. An application's
/// 503 may be meant for one client alone, so only a marked one has them ask another worker. Put where they asked for it; they keep it to themselves.
/// </summary>
internal sealed class BusyMark
{
    public const string Header = "Socketio-Busy";

    private static readonly BusyMark Wanted = new();

    private BusyMark()
    {
    }

    /// <summary>Whoever sent this request understands the mark.</summary>
    public static void Want(HttpContext context) => context.Features.Set(Wanted);

    /// <summary>Marks an answer, if that is wanted.</summary>
    public static void Put(HttpContext context)
    {
        if (context.Features.Get<BusyMark>() is not null)
            context.Response.Headers[Header] = "1";
    }
}
