using System.Security.Cryptography;
using FromNode;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

// Three well-known examples of the original in one application, each in a namespace of its own: docs/from-node-examples.md.
var builder = WebApplication.CreateBuilder(args);
var key = new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32));     // one process; several need one key from the configuration
builder.Services.AddSingleton(new Tokens(key)).AddSingleton<Sessions>().AddSingleton<TodoStore>();
builder.Services.AddAuthorization();
builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
    .AddJwtBearer(options => options.TokenValidationParameters = Tokens.Validation(key));
builder.Services.AddSocketIO(options => options.TokenScheme = JwtBearerDefaults.AuthenticationScheme);

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.MapPost("/login", (Credentials credentials, Tokens tokens) => tokens.For(credentials) is { } token ? Results.Ok(new { token }) : Results.Unauthorized());
app.MapSocketIO(io =>
{
    PrivateMessages.Map(io.Of("/private"), app.Services.GetRequiredService<Sessions>());
    Todos.Map(io.Of("/todos"));
    Account.Map(io.Of("/account"));
});
app.Run();
