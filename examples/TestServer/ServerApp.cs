using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Protocol;
using Akka.Hosting;
using Microsoft.Extensions.Logging.Console;
using TestServer.Control;
using TestServer.Profiles;
using TestServer.Telemetry;

namespace TestServer;

/// <summary>The web application of one process.</summary>
internal static class ServerApp
{
    private const string AnyOrigin = "any";

    /// <param name="settings">The command line.</param>
    /// <param name="listen">Says where.</param>
    /// <param name="membership">The cluster it belongs to; null for none.</param>
    public static WebApplication Build(Settings settings, Action<WebApplicationBuilder> listen, Membership? membership = null)
    {
        // Nothing lies beside the program that could change it: it behaves the same wherever it is started.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        LogToStandardError(builder.Logging, settings.IsVerbose ? LogLevel.Information : LogLevel.Warning);
        listen(builder);
        // As Node has it for a whole head: checks send session ids of ten kilobytes.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestLineSize = 16 * 1024);
        builder.Services.AddCors(cors => cors.AddPolicy(AnyOrigin, policy => policy.AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod()));
        var socketIO = builder.Services.AddSocketIO(options => Configure(options, settings));
        if (settings.Recovery is { } recovery)
            socketIO.AddConnectionStateRecovery(recovery);
        if (settings.Admin is { } admin)
            builder.Services.AddSocketIOAdmin(options => Configure(options, admin, settings.AdminPage));
        builder.Services.AddSingleton<ControlState>();
        builder.Services.AddSingleton<FinishedSpans>();
        if (membership is not null)
            builder.Services.AddAkka(membership.SystemName, akka => membership.Configure(LogToHost(akka)));
        var app = builder.Build();
        Map(app, settings);
        return app;
    }

    /// <summary>Runs the profile's code paths, so that the first client does not meet a cold process.</summary>
    public static async Task WarmUpAsync(WebApplication app, Settings settings, string url)
    {
        await WarmUp.WarmUpRun.RunAsync(settings.Profile, url, app.Services.GetRequiredService<SocketIOServer>());
        // Whoever reads them looks for what clients did.
        if (settings.ShowsTraces)
            app.Services.GetRequiredService<FinishedSpans>().Clear();
    }

    /// <summary>Standard output belongs to whoever waits for the ready line.</summary>
    public static void LogToStandardError(ILoggingBuilder logging, LogLevel least)
    {
        logging.ClearProviders().SetMinimumLevel(least).AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static AkkaConfigurationBuilder LogToHost(AkkaConfigurationBuilder akka) => akka.ConfigureLoggers(loggers =>
    {
        loggers.ClearLoggers();
        loggers.AddLoggerFactory();
    });

    private static void Configure(EngineOptions options, Settings settings)
    {
        var isProtocol = settings.Profile == Profile.Protocol;
        options.PingInterval = settings.PingInterval ?? (isProtocol ? TimeSpan.FromMilliseconds(300) : options.PingInterval);
        options.PingTimeout = settings.PingTimeout ?? (isProtocol ? TimeSpan.FromMilliseconds(200) : options.PingTimeout);
        options.UpgradeTimeout = settings.UpgradeTimeout ?? options.UpgradeTimeout;
        options.MaxPayload = settings.MaxPayload ?? options.MaxPayload;
        if (options is not SocketIOOptions socketIO)
            return;
        // In a cluster the same setting stands in its configuration; here it is for a server without one.
        socketIO.LoopReads = Environment.GetEnvironmentVariable("CLUSTER_LOOP") == "clients";
        socketIO.Parser = settings.IsMessagePack ? new MessagePackPacketParser() : null;
        socketIO.ConnectTimeout = settings.ConnectTimeout ?? (isProtocol ? TimeSpan.FromSeconds(1) : socketIO.ConnectTimeout);
    }

    private static void Configure(SocketIOAdminOptions options, AdminAccess access, string? page)
    {
        options.Mode = SocketIOAdminMode.Development;
        options.PageDirectory = page;
        (options.UserName, options.PasswordHash, options.AllowAnonymous) = (access.Name, access.Hash, access.Hash is null);
    }

    private static void Map(WebApplication app, Settings settings)
    {
        if (settings.Profile == Profile.Protocol)
        {
            app.UseCors();
            app.MapEngineIO("/engine.io", new EngineEcho(), engine => Configure(engine, settings)).RequireCors(AnyOrigin);
            app.MapSocketIO(ProtocolProfile.Configure).RequireCors(AnyOrigin);
        }
        else
        {
            app.MapSocketIO(io => BenchProfile.Configure(io));
        }

        if (settings.AdminPage is not null)
            app.MapSocketIOAdmin();
        app.MapControl();
        app.MapTelemetry(settings);
    }

    /// <summary>A cluster to belong to.</summary>
    /// <param name="SystemName">Name of all its actor systems.</param>
    /// <param name="Configure">Makes this process a member.</param>
    public sealed record Membership(string SystemName, Action<AkkaConfigurationBuilder> Configure);
}
