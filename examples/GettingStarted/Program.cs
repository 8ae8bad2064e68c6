var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSocketIO();

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapSocketIO(Chat.Map);
app.Run();
