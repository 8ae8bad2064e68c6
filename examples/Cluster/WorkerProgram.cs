using Akka.Actor;
using Akka.ClusterAdapter.Server;
using Akka.Configuration;
using Akka.Hosting;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ClusterExample;

/// <summary>A worker process: an ordinary ASP.NET Core application with a Socket.IO server that is a member of the cluster.</summary>
internal static class WorkerProgram
{
    public static async Task<int> RunAsync(ExampleSettings settings, WorkerEnvironment worker)
    {
        var hocon = ReadHocon(settings);
        try
        {
            await using var app = Build(hocon, worker);
            await app.StartAsync();
            return await ServeAsync(app);
        }
        catch (Exception exception)
        {
            throw new ExampleException($"This worker cannot start: {FirstLine(Reason(exception))}");
        }
    }

    /// <summary>The settings of <c>--hocon</c>, none without it.</summary>
    /// <exception cref="ExampleException">The file is not HOCON.</exception>
    public static Config ReadHocon(ExampleSettings settings)
    {
        if (settings.HoconFile is not { } file)
            return Config.Empty;
        try
        {
            return ConfigurationFactory.ParseString(File.ReadAllText(file));
        }
        catch (Exception exception)
        {
            throw new ExampleException($"{file} is not HOCON: {FirstLine(exception)}");
        }
    }

    private static WebApplication Build(Config hocon, WorkerEnvironment worker)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);

        builder.AddSocketIOWorker(worker);
        builder.Services.AddSocketIO();
        builder.Services.AddAkka(worker.SystemName, akka => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
                loggers.LogLevel = Akka.Event.LogLevel.WarningLevel;
            })
            .WithSocketIOClusterAdapter()
            .WithSocketIOWorker(worker)
            .AddHocon(hocon, HoconAddMode.Prepend));

        var app = builder.Build();
        app.UseDefaultFiles();
        app.UseStaticFiles(ChatPage.Options);
        app.MapSocketIO(io => new Chat(io, worker).Map());
        return app;
    }

    private static async Task<int> ServeAsync(WebApplication app)
    {
        var system = app.Services.GetRequiredService<ActorSystem>();
        var joined = false;
        var wanted = false;
        AkkaCluster.Get(system).RegisterOnMemberUp(() => joined = true);
        // An actor system that ends before anybody stopped the application could not join, or the others gave it up.
        _ = system.WhenTerminated.ContinueWith(_ => app.Lifetime.StopApplication(), TaskScheduler.Default);
        app.Lifetime.ApplicationStopping.Register(() => wanted = !system.WhenTerminated.IsCompleted);
        await app.WaitForShutdownAsync();
        // Other than 0 when the cluster has given this worker up.
        if (wanted)
            return Environment.ExitCode;
        Console.Error.WriteLine(joined
            ? "The other workers gave this one up: it did not answer for too long."
            : $"No seed node answers at {string.Join(", ", AkkaCluster.Get(system).Settings.SeedNodes)}: is it running, and its cluster port open?");
        return 1;
    }

    // A wrong setting is told by an exception of its own, around what the parser had to say.
    private static Exception Reason(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            if (cause is ConfigurationException)
                return cause;
        return exception.GetBaseException();
    }

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].Trim();
}
