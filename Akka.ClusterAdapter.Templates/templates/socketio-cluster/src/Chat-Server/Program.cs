using Akka.ClusterAdapter.Clustering;
using Akka.Hosting;
using CHAT_NAMESPACE;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;

// One program for all members of the cluster: workers serve clients, seed nodes (--role=seed) only keep the cluster together.
var builder = WebApplication.CreateBuilder(args);
var isSeed = builder.Configuration["role"] == "seed";
var settings = ClusterSettings.Of(builder.Configuration, isSeed);
if (isSeed)
    builder.Services.AddSocketIOSeedNode();
else
    builder.Services.AddSocketIO();
builder.Services.AddAkka(ClusterSettings.SystemName, akka =>
{
    akka.AddHocon(settings, HoconAddMode.Prepend);
    if (ClusterTls.From(settings) is { } tls)
        akka.AddSetup(tls);
});

var app = builder.Build();
// 200 while it is ready, 503 before, and from the moment it begins to stop.
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
if (!isSeed)
    app.MapSocketIO(CHAT_NAMESPACE.Chat.Map);
await app.RunAsync();
return Environment.ExitCode;
