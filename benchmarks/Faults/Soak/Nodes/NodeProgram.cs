using System.Globalization;
using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>One process of the cluster under test, set up as an application would be. It ends when its standard input does.</summary>
internal static class NodeProgram
{
    public const string SystemName = "soak";

    /// <summary>Name of the second server.</summary>
    public const string Packed = "packed";

    /// <param name="args">Role, name of this life, port for HTTP, path of its HOCON.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var role, var life, var port, var path])
            return 2;
        // The one who started it may have gone without a word: then nobody stops it.
        new Thread(EndWithInput) { IsBackground = true }.Start();
        var hocon = ConfigurationFactory.ParseString(await File.ReadAllTextAsync(path));
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        LogToStandardError(builder.Logging);
        builder.WebHost.UseUrls($"http://127.0.0.1:{int.Parse(port, CultureInfo.InvariantCulture)}");
        builder.Services.AddSingleton<Measurements>().AddSingleton<NodeFaults>().AddSingleton<KnownSpeakers>().AddHealthChecks();
        var map = Configure(builder, role, life, hocon);
        var app = builder.Build();
        app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedHost });
        app.MapGet("/soak/state", (bool? collect) => NodeState.OfAsync(app.Services, collect == true));
        map(app);
        await app.RunAsync();
        return Environment.ExitCode;
    }

    private static Action<WebApplication> Configure(WebApplicationBuilder builder, string role, string life, Config hocon)
    {
        switch (role)
        {
            case "worker":
                WorkerNode.Register(builder.Services);
                Join(builder, hocon, akka => akka.WithSocketIOClusterAdapter());
                return app => WorkerNode.Map(app, life);
            case "emitter":
                EmitterNode.Register(builder.Services);
                Join(builder, hocon, static _ => { });
                return app => EmitterNode.Map(app, life);
            case "gateway":
                builder.Services.AddSocketIOGateway();
                Join(builder, hocon, static akka => akka.WithSocketIOGateway());
                return static app =>
                {
                    app.MapSocketIOGateway();
                    app.MapSocketIOGateway($"/{Packed}", Packed);
                };
            default:
                builder.Services.AddSocketIOSeedNode();
                Join(builder, hocon, static _ => { });
                return static _ => { };
        }
    }

    private static void Join(
        WebApplicationBuilder builder, Config hocon, Action<AkkaConfigurationBuilder> further) => builder.Services.AddAkka(SystemName, akka =>
    {
        akka.ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
            loggers.LogLevel = Akka.Event.LogLevel.WarningLevel;
        });
        further(akka);
        akka.AddHocon(hocon, HoconAddMode.Prepend);
        if (ClusterTls.From(hocon) is { } tls)
            akka.AddSetup(tls);
    });

    private static void LogToStandardError(ILoggingBuilder logging)
    {
        logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning);
        logging.AddSimpleConsole(static console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void EndWithInput()
    {
        while (Console.In.Read() >= 0)
        {
        }

        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
    }
}
