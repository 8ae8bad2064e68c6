using Microsoft.AspNetCore.Diagnostics.HealthChecks;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSocketIO();

var app = builder.Build();
// 200 while it takes clients, 503 before, and from the moment it begins to stop.
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
app.MapSocketIO(CHAT_NAMESPACE.Chat.Map);
app.Run();
