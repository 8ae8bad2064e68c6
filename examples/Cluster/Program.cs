using Akka.Hosting;
using ClusterExample;

// One program, two parts: started by a person it is the primary, started by the primary it is a worker.
var stopping = CancellationToken.None;
try
{
    if (ExampleSettings.Parse(args) is not { } settings)
        return ExampleSettings.ShowHelp();
    using var host = WorkerEnvironment.Current is { } worker ? Worker(settings, worker) : Primary(settings);
    stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
    await host.RunAsync();
    return Environment.ExitCode;
}
catch (ExampleException exception)
{
    Console.Error.WriteLine(exception.Message);
    return WorkerEnvironment.BadConfiguration;
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // Told to stop before it had started.
    return Environment.ExitCode;
}
catch (Exception exception) when (WorkerEnvironment.Current is not null)
{
    // Only a wrong setting is final: by this code the primary knows that starting it again would not help.
    Console.Error.WriteLine($"This worker cannot start: {ExampleException.Reason(exception)}");
    return ExampleException.IsConfiguration(exception) ? WorkerEnvironment.BadConfiguration : 1;
}

// An ordinary ASP.NET Core application, with a Socket.IO server that is a member of the cluster.
static WebApplication Worker(ExampleSettings settings, WorkerEnvironment worker)
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
        .AddHocon(settings.Hocon, HoconAddMode.Prepend));

    var app = builder.Build();
    app.UseDefaultFiles();
    app.UseStaticFiles(ChatPage.Options);
    app.MapSocketIO(io => io.Use(ChatHandler.CheckAsync).MapHandler<ChatHandler>());
    return app;
}

// It serves nobody: it keeps the workers running, and replaces them when it is asked to.
static IHost Primary(ExampleSettings settings)
{
    ChatPage.RequireClient();
    if (settings.ReloadPort is not { } port)
        return AddWorkers(Host.CreateApplicationBuilder(), settings).Build();

    var builder = AddWorkers(WebApplication.CreateSlimBuilder(), settings);
    builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
    var app = builder.Build();
    app.MapSocketIOReload();
    return app;
}

static T AddWorkers<T>(T builder, ExampleSettings settings)
    where T : IHostApplicationBuilder
{
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.AddSocketIOWorkers(options =>
    {
        options.Port = settings.Port;
        options.Workers = settings.Workers ?? options.Workers;
    });
    return builder;
}
