using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The C# of docs/logs.md and of docs/deployment.md's health, compiled. Never run.</summary>
public static class ObservabilitySnippets
{
    public static void Scopes(WebApplicationBuilder builder)
    {
        builder.Services.AddSocketIO(options => options.LogScopes = true);
        builder.Logging.AddJsonConsole(console => console.IncludeScopes = true);
    }

    public static void Why(WebApplication app)
    {
        app.MapHealthChecks("/health/why", new()
        {
            ResponseWriter = static (context, report) => context.Response.WriteAsJsonAsync(
                report.Entries.ToDictionary(check => check.Key, check => new { status = check.Value.Status.ToString(), why = check.Value.Description })),
        }).RequireAuthorization("operators");
    }
}
