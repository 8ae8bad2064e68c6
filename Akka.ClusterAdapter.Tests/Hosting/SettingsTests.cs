using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Settings from the configuration's section <c>SocketIO</c>, and what happens to wrong ones.</summary>
public class SettingsTests
{
    [Fact]
    public async Task Every_kind_of_setting_comes_from_the_configuration()
    {
        var options = await ReadAsync(
            ("PingInterval", "00:00:10"),
            ("MaxPayload", "5000"),
            ("AllowUpgrades", "false"),
            ("Path", "/live"),
            ("Cookie:Name", "sid"),
            ("Cookie:MaxAge", "01:00:00"),
            ("ConnectionStateRecovery:MaxDisconnection", "00:05:00"),
            ("ConnectionStateRecovery:MaxPacketsPerSession", "12"));

        Assert.Equal(TimeSpan.FromSeconds(10), options.PingInterval);
        Assert.Equal(5000, options.MaxPayload);
        Assert.False(options.AllowUpgrades);
        Assert.Equal("/live", options.Path);
        Assert.Equal(("sid", TimeSpan.FromHours(1)), (options.Cookie!.Name, options.Cookie.MaxAge));
        Assert.Equal((TimeSpan.FromMinutes(5), 12), (options.ConnectionStateRecovery!.MaxDisconnection, options.ConnectionStateRecovery.MaxPacketsPerSession));
    }

    [Fact]
    public async Task Transports_of_the_configuration_take_the_place_of_the_default()
    {
        var options = await ReadAsync(("Transports:0", "websocket"));

        Assert.Equal(["websocket"], options.Transports);
    }

    [Fact]
    public async Task Code_wins_over_the_configuration()
    {
        var options = await ReadAsync(
            options => (options.MaxPayload, options.Transports) = (7, ["polling"]), ("MaxPayload", "5000"), ("Transports:0", "websocket"));

        Assert.Equal(7, options.MaxPayload);
        Assert.Equal(["polling"], options.Transports);
    }

    [Theory]
    [InlineData("PingInterval", "00:00:00", "PingInterval")]
    [InlineData("MaxAttachments", "11", "MaxAttachments")]
    [InlineData("MaxPongsPerSecond", "0", "MaxPongsPerSecond")]
    [InlineData("Transports:0", "carrier-pigeon", "carrier-pigeon")]
    [InlineData("Path", "no-slash", "Path must begin with a slash.")]
    [InlineData("ConnectionStateRecovery:MaxDisconnection", "-00:00:01", "MaxDisconnection")]
    [InlineData("ConnectionStateRecovery:MaxBytes", "0", "MaxBytes")]
    [InlineData("Cookie:Name", "a b", "cookie's name")]
    [InlineData("PingIntervall", "00:00:10", "PingIntervall")]
    [InlineData("MaxPayload", "a lot", "MaxPayload")]
    [InlineData("Transports", "", "SocketIO:Transports:0 is its first")]
    [InlineData("Transports", "websocket", "SocketIO:Transports")]
    [InlineData("ConnectionStateRecovery", "", "call AddConnectionStateRecovery()")]
    [InlineData("connectionStateRecovery", null, "call AddConnectionStateRecovery()")]
    [InlineData("Cookie", "", "SocketIO:Cookie:Name")]
    [InlineData("JsonSerializerOptions:WriteIndented", "true", "in code only")]
    public async Task A_wrong_one_stops_the_application_at_its_start_and_is_named(string name, string? value, string text)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("SocketIO:" + name, value), new("Urls", "http://127.0.0.1:0")]);
        builder.Services.AddSocketIO();
        await using var app = builder.Build();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync());

        Assert.Contains(text, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recovery_that_is_added_leaves_its_settings_as_they_are()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            new("SocketIO:ConnectionStateRecovery:MaxDisconnection", "00:10:00"), new("SocketIO:ConnectionStateRecovery:SkipMiddlewares", "false"),
            new("SocketIOServers:admin:ConnectionStateRecovery:MaxBytes", "1234567"),
        ]);
        builder.Services.AddSocketIO(options => options.ConnectionStateRecovery = options.ConnectionStateRecovery! with { MaxSessions = 7 })
            .AddConnectionStateRecovery();
        builder.Services.AddSocketIO("admin").AddConnectionStateRecovery(TimeSpan.FromMinutes(3), skipMiddlewares: false);
        builder.Services.AddSocketIO("plain").AddConnectionStateRecovery();
        await using var app = builder.Build();
        var options = app.Services.GetRequiredService<IOptionsMonitor<SocketIOOptions>>();

        Assert.Equal(
            new() { MaxDisconnection = TimeSpan.FromMinutes(10), SkipMiddlewares = false, MaxSessions = 7 }, options.CurrentValue.ConnectionStateRecovery);
        Assert.Equal(
            new() { MaxDisconnection = TimeSpan.FromMinutes(3), SkipMiddlewares = false, MaxBytes = 1_234_567 }, options.Get("admin").ConnectionStateRecovery);
        Assert.Equal(new SessionStoreOptions(), options.Get("plain").ConnectionStateRecovery);
    }

    [Theory]
    [InlineData("Polcy", "LeastConnections", "Polcy")]
    [InlineData("Policy", "Dice", "Policy")]
    public async Task A_wrong_one_of_a_gateway_stops_its_application_too(string name, string value, string text)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("SocketIOGateway:" + name, value), new("Urls", "http://127.0.0.1:0")]);
        builder.Services.AddSocketIOGateway();
        await using var app = builder.Build();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync());

        Assert.Contains(text, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_made_by_hand_refuses_wrong_settings_too()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => new SocketIOServer(
            new SocketIOOptions { ConnectionStateRecovery = new() { MaxSessions = 0 } },
            new InMemoryAdapterFactory(),
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));

        Assert.Contains("MaxSessions", failure.Message, StringComparison.Ordinal);
    }

    private static Task<SocketIOOptions> ReadAsync(params (string Name, string Value)[] settings) => ReadAsync(null, settings);

    private static async Task<SocketIOOptions> ReadAsync(Action<SocketIOOptions>? configure, params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create("SocketIO:" + setting.Name, (string?)setting.Value)));
        builder.Services.AddSocketIO(configure);
        await using var app = builder.Build();
        return app.Services.GetRequiredService<IOptions<SocketIOOptions>>().Value;
    }
}
