using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;
using Akka.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;
using TestServer.Control;
using TestServer.Processes;
using TestServer.Profiles;

namespace TestServer;

/// <summary>The web application of one process.</summary>
internal static class ServerApp
{
    private const string AnyOrigin = "any";

    public static WebApplication Build(Settings settings, Listeners listeners, string url)
    {
        // Nothing lies beside the program that could change it: it behaves the same wherever it is started.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        LogToStandardError(builder.Logging, settings.IsVerbose ? LogLevel.Information : LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, listeners));
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = listeners.Take);
        builder.Services.AddCors(cors => cors.AddPolicy(AnyOrigin, policy => policy.AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod()));
        var socketIO = builder.Services.AddSocketIO(options => Configure(options, settings));
        if (settings.Recovery is { } recovery)
            socketIO.AddConnectionStateRecovery(recovery);
        builder.Services.AddSingleton<ControlState>();
        if (settings.IsWorker)
            builder.Services.AddAkka(ClusterHocon.SystemName, akka => ConfigureCluster(akka, settings, url));
        var app = builder.Build();
        Map(app, settings);
        return app;
    }

    /// <summary>Runs the profile's code paths, so that the first client does not meet a cold process.</summary>
    public static Task WarmUpAsync(WebApplication app, Settings settings, string url) =>
        WarmUp.WarmUpRun.RunAsync(settings.Profile, url, app.Services.GetRequiredService<SocketIOServer>());

    /// <summary>Standard output belongs to whoever waits for the ready line.</summary>
    public static void LogToStandardError(ILoggingBuilder logging, LogLevel least)
    {
        logging.ClearProviders().SetMinimumLevel(least).AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void Listen(KestrelServerOptions kestrel, Listeners listeners)
    {
        // As Node has it for a whole head: checks send session ids of ten kilobytes.
        kestrel.Limits.MaxRequestLineSize = 16 * 1024;
        foreach (var endPoint in listeners.EndPoints)
            kestrel.Listen(endPoint);
    }

    private static void ConfigureCluster(AkkaConfigurationBuilder akka, Settings settings, string url) => akka
        .ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
        })
        .AddHocon(ClusterHocon.Worker(settings), HoconAddMode.Prepend)
        .WithSocketIOClusterAdapter(cluster => cluster.AdvertisedUrl = new Uri(url));

    private static void Configure(EngineOptions options, Settings settings)
    {
        var isProtocol = settings.Profile == Profile.Protocol;
        options.PingInterval = settings.PingInterval ?? (isProtocol ? TimeSpan.FromMilliseconds(300) : options.PingInterval);
        options.PingTimeout = settings.PingTimeout ?? (isProtocol ? TimeSpan.FromMilliseconds(200) : options.PingTimeout);
        options.UpgradeTimeout = settings.UpgradeTimeout ?? options.UpgradeTimeout;
        options.MaxPayload = settings.MaxPayload ?? options.MaxPayload;
        if (options is not SocketIOOptions socketIO)
            return;
        socketIO.Parser = settings.IsMessagePack ? new MessagePackPacketParser() : null;
        socketIO.ConnectTimeout = settings.ConnectTimeout ?? (isProtocol ? TimeSpan.FromSeconds(1) : socketIO.ConnectTimeout);
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

        app.MapControl();
    }
}
