using Akka.Actor;
using Akka.ClusterAdapter.Clustering;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Hosting.Configuration;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Console;
using AkkaCluster = Akka.Cluster.Cluster;

namespace SeedNodesExample;

/// <summary>One process of the cluster: an actor system from HOCON, an endpoint that says whether it is ready, and the chat when it is a worker.</summary>
internal sealed class Node(WebApplication app) : IAsyncDisposable
{
    private const string SystemName = "chat";
    private const string RoleKey = "akka.cluster-adapter.role";

    /// <summary>Makes a member and starts it.</summary>
    /// <exception cref="NodeException">It cannot start: most likely a setting is wrong.</exception>
    public static async Task<Node> StartAsync(NodeArguments arguments)
    {
        try
        {
            var app = Build(arguments);
            await app.StartAsync();
            return new Node(app);
        }
        catch (Exception exception)
        {
            throw new NodeException($"This member cannot start: {Reason(exception).Message.Split('\n')[0].Trim()}");
        }
    }

    /// <summary>Runs until it is told to stop, or the cluster gives it up. The exit code.</summary>
    public async Task<int> RunAsync()
    {
        _ = TellWhenReadyAsync();
        await app.WaitForShutdownAsync();
        return Environment.ExitCode;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static WebApplication Build(NodeArguments arguments)
    {
        var builder = WebApplication.CreateBuilder(arguments.Others);
        Log(builder.Logging);
        if (SystemdHelpers.IsSystemdService())
            builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        // Environment variables go over the files.
        var hocon = builder.Configuration.GetSection("akka") is { } environment && environment.Exists()
            ? environment.ToHocon().WithFallback(arguments.Hocon)
            : arguments.Hocon;
        var isWorker = IsWorker(hocon);
        if (isWorker)
            builder.Services.AddSocketIO();
        else
            builder.Services.AddSocketIOSeedNode();
        if (arguments.Share is { } shared)
            builder.AddSocketIOSharedPort(shared);
        builder.Services.AddAkka(SystemName, akka => Configure(akka, hocon));

        var app = builder.Build();
        // 200 while it is ready or degraded, 503 before, and from the moment it begins to stop.
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = IsReadiness });
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        if (isWorker)
            app.MapSocketIO(Chat.Map);
        return app;
    }

    private static void Log(ILoggingBuilder logging)
    {
        logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
        // Not ready yet is no error, and asked for every few seconds.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        // Why it cannot start is told in one line, by Program.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // What ends the process stands on standard error, alone.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Critical);
    }

    private static bool IsWorker(Config hocon) =>
        hocon.GetStringList("akka.cluster.roles", []).Contains(hocon.GetString(RoleKey, ClusterAdapterExtension.DefaultConfig.GetString(RoleKey)));

    private static void Configure(AkkaConfigurationBuilder akka, Config hocon)
    {
        akka.ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
            loggers.LogLevel = Akka.Event.LogLevel.WarningLevel;
        });
        akka.AddHocon(hocon, HoconAddMode.Prepend);
        if (ClusterTls.From(hocon) is { } tls)
            akka.AddSetup(tls);
    }

    // A wrong setting is told by an exception of its own, around what the parser had to say.
    private static Exception Reason(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            if (cause is ConfigurationException && cause.InnerException is not System.Reflection.TargetInvocationException)
                return cause;
        return exception.GetBaseException();
    }

    /// <summary>
    /// Says when this member is ready: on the terminal, and to systemd. "systemctl restart" returns then, and not when the process has merely started.
    /// </summary>
    private async Task TellWhenReadyAsync()
    {
        var health = app.Services.GetRequiredService<HealthCheckService>();
        while ((await health.CheckHealthAsync(IsReadiness, app.Lifetime.ApplicationStopping)).Status == HealthStatus.Unhealthy)
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, app.Lifetime.ApplicationStopping);
        Console.WriteLine($"{AkkaCluster.Get(app.Services.GetRequiredService<ActorSystem>()).SelfAddress} is ready: {string.Join(", ", app.Urls)}");
        app.Services.GetService<ISystemdNotifier>()?.Notify(ServiceState.Ready);
    }

    private static bool IsReadiness(HealthCheckRegistration check) => check.Tags.Contains("ready");
}
