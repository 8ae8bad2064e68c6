using Akka.Configuration;
using Akka.Hosting;

namespace ClusterExample;

/// <summary>A worker process: an ordinary ASP.NET Core application with a Socket.IO server that is a member of the cluster.</summary>
internal static class WorkerProgram
{
    /// <summary>Runs until it is told to stop, or the other workers give it up. The exit code.</summary>
    public static async Task<int> RunAsync(ExampleSettings settings, WorkerEnvironment worker)
    {
        var hocon = ReadHocon(settings);
        try
        {
            await using var app = Build(hocon, worker);
            await app.RunAsync();
            return Environment.ExitCode;
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
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
        builder.AddSocketIOWorker(worker);
        builder.Services.AddSocketIO().AddConnectionStateRecovery();
        builder.Services.AddSingleton(worker);
        builder.Services.AddAkka(worker.SystemName, akka => akka
            .ConfigureLoggers(loggers => loggers.ClearLoggers().AddLoggerFactory().LogLevel = Akka.Event.LogLevel.WarningLevel)
            .WithSocketIOClusterAdapter(cluster => cluster.RecoverySurvivesCrash = true)
            .WithSocketIOWorker(worker)
            .AddHocon(hocon, HoconAddMode.Prepend));

        var app = builder.Build();
        app.UseDefaultFiles();
        app.UseStaticFiles(ChatPage.Options);
        app.MapSocketIO(io => io.Use(ChatHandler.CheckAsync).MapHandler<ChatHandler>());
        return app;
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
