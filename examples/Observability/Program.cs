using Akka.Hosting;
using ClusterExample;
using ObservabilityExample;

// One program, two parts, as in examples/Cluster: started by a person it is the primary, started by the primary it is a worker.
const int DefaultMetricsPort = 9464;
const string MetricsPort = "CHAT_METRICS_PORT";
var metrics = int.TryParse(Environment.GetEnvironmentVariable(MetricsPort), out var port) ? port : DefaultMetricsPort;

try
{
    return WorkerEnvironment.Current is { } worker ? await RunWorkerAsync(worker) : await RunPrimaryAsync();
}
catch (ExampleException exception)
{
    Console.Error.WriteLine(exception.Message);
    return WorkerEnvironment.BadConfiguration;
}

async Task<int> RunPrimaryAsync()
{
    if (ExampleSettings.Parse(args) is not { } settings)
        return ExampleSettings.ShowHelp();
    ChatPage.RequireClient();
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.AddTelemetry("primary", metrics);
    builder.AddSocketIOWorkers(options =>
    {
        options.Port = settings.Port;
        options.Workers = settings.Workers ?? options.Workers;
    });
    await using var app = builder.Build();
    app.UseTelemetry(metrics);
    await app.RunAsync();
    return Environment.ExitCode;
}

async Task<int> RunWorkerAsync(WorkerEnvironment worker)
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
    builder.AddTelemetry($"worker-{worker.Number}", metrics + worker.Number);
    builder.AddSocketIOWorker(worker);
    builder.Services.AddSocketIO();
    builder.Services.AddSingleton(worker);
    builder.Services.AddAkka(worker.SystemName, akka => akka
        .ConfigureLoggers(loggers => loggers.ClearLoggers().AddLoggerFactory().LogLevel = Akka.Event.LogLevel.WarningLevel)
        .WithSocketIOClusterAdapter()
        .WithSocketIOWorker(worker));
    await using var app = builder.Build();
    app.UseTelemetry(metrics + worker.Number);
    app.UseDefaultFiles();
    app.UseStaticFiles(ChatPage.Options);
    app.MapSocketIO(io => io.Use(ChatHandler.CheckAsync).MapHandler<ChatHandler>());
    await app.RunAsync();
    return Environment.ExitCode;
}
