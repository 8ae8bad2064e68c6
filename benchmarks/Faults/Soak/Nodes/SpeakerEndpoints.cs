using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>Where the one who runs the soak says when to speak.</summary>
internal static class SpeakerEndpoints
{
    public static void MapSpeakers(this WebApplication app, Speaker[] speakers, Asker? asker)
    {
        var known = app.Services.GetRequiredService<KnownSpeakers>();
        known.All = speakers;
        app.MapPost("/soak/speak", async (double rate) =>
        {
            foreach (var speaker in speakers)
                await speaker.SpeakAsync(rate);
            asker?.Start();
        });
        app.MapPost("/soak/quiet", async () =>
        {
            if (asker is not null)
                await asker.StopAsync();
            foreach (var speaker in speakers)
                await speaker.StopAsync();
            return Results.Ok();
        });
    }
}

/// <summary>Who speaks in this process.</summary>
internal sealed class KnownSpeakers
{
    public IReadOnlyList<Speaker> All { get; set; } = [];
}
