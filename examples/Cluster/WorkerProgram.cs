using Akka.Actor;
using Akka.ClusterAdapter.Primary;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Options;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ClusterExample;

/// <summary>A worker process: an ordinary ASP.NET Core application with a Socket.IO server that is a member of the cluster.</summary>
internal static class WorkerProgram
{
    public static async Task<int> RunAsync(ExampleSettings settings, WorkerEnvironment worker)
    {
        var hocon = ReadHocon(settings);
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

        await using var app = builder.Build();
        app.UseDefaultFiles();
        app.UseStaticFiles(ChatPage.Options);
        app.MapSocketIO(io => new Chat(io, worker).Map());
        return await RunAsync(app, worker);
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

    private static async Task<int> RunAsync(WebApplication app, WorkerEnvironment worker)
    {
        var joined = false;
        var stoppedByPrimary = false;
        try
        {
            await app.StartAsync();
            var system = app.Services.GetRequiredService<ActorSystem>();
            AkkaCluster.Get(system).RegisterOnMemberUp(() => joined = true);
            // An actor system that ends while nobody has asked the application to stop could not join, or was downed.
            _ = system.WhenTerminated.ContinueWith(_ => app.Lifetime.StopApplication(), TaskScheduler.Default);
            app.Lifetime.ApplicationStopping.Register(() => stoppedByPrimary = !system.WhenTerminated.IsCompleted);
            await app.WaitForShutdownAsync();
        }
        catch (Exception exception) when (exception.GetBaseException() is ConfigurationException or OptionsValidationException)
        {
            throw new ExampleException($"Wrong configuration: {FirstLine(exception.GetBaseException())}");
        }
        if (!joined && !stoppedByPrimary)
            Console.Error.WriteLine($"No seed node answers at {worker.SeedNode}: is the primary running, and its cluster port open?");
        return stoppedByPrimary ? 0 : 1;
    }

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].Trim();
}
