using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Akka.ClusterAdapter.Tests.Hosting;
using Akka.ClusterAdapter.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>What cannot be meant does not start.</summary>
public sealed class SettingsTests
{
    private const string Hash = "$2b$10$abcdefghijklmnopqrstuuWiOkLQkIv8r0JN4wYXsqYTHnyKyHJlm";

    public static TheoryData<string, Action<SocketIOAdminOptions>> Wrong => new()
    {
        {
            "Nothing says who may open the admin page: set UserName and PasswordHash (a bcrypt hash), or Policy (an authorization policy), or AllowAnonymous",
            _ => { }
        },
        { "UserName and PasswordHash belong together", options => options.UserName = "ada" },
        { "UserName and PasswordHash belong together", options => options.PasswordHash = Hash },
        { "PasswordHash is no bcrypt hash", options => (options.UserName, options.PasswordHash) = ("ada", "correct horse") },
        { "PasswordHash is no bcrypt hash", options => (options.UserName, options.PasswordHash) =
            ("ada", Hash.Replace("$10$", "$31$", StringComparison.Ordinal)) },
        { "keep one of PasswordHash (with UserName), Policy and AllowAnonymous", options => (options.AllowAnonymous, options.Policy) = (true, "operators") },
        { "keep one of PasswordHash (with UserName), Policy and AllowAnonymous", options => (options.UserName, options.PasswordHash, options.AllowAnonymous) =
            ("ada", Hash, true) },
        { "Namespace must begin with a slash", options => (options.AllowAnonymous, options.Namespace) = (true, "admin") },
        { "Namespace must begin with a slash", options => (options.AllowAnonymous, options.Namespace) = (true, "/a,b") },
        { "SessionLifetime", options => (options.AllowAnonymous, options.SessionLifetime) = (true, TimeSpan.Zero) },
        { "MaxSockets", options => (options.AllowAnonymous, options.MaxSockets) = (true, -1) },
        { "Mode must be Production or Development", options => (options.AllowAnonymous, options.Mode) = (true, (SocketIOAdminMode)9) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_setting_that_cannot_be_meant_stops_the_application(string problem, Action<SocketIOAdminOptions> configure)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(
            () => SocketIOTestHost.StartAsync(_ => { }, services: services => services.AddSocketIOAdmin(configure)));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$2a$04$", true)]
    [InlineData("$2b$10$", true)]
    [InlineData("$2y$16$", true)]
    [InlineData("$2x$10$", false)]
    [InlineData("$2b$17$", false)]
    [InlineData("$2b$03$", false)]
    [InlineData("$2b$xx$", false)]
    [InlineData("$1$abc$", false)]
    public void Only_hashes_that_can_be_checked_in_time_are_hashes(string prefix, bool isHash)
    {
        Assert.Equal(isHash, AdminPassword.IsHash(prefix + Hash[7..]));
        Assert.False(AdminPassword.IsHash(prefix + Hash[8..]));
    }

    [Theory]
    [InlineData("$2a$")]
    [InlineData("$2y$")]
    public async Task Hashes_of_other_programs_are_understood(string version)
    {
        var made = Admins.Hash.Replace("$2b$", version, StringComparison.Ordinal).Replace("$2a$", version, StringComparison.Ordinal);
        using var password = new AdminPassword(made);

        Assert.True(await password.IsRightAsync(Admins.Password));
        Assert.False(await password.IsRightAsync(Admins.Password + "x"));
        Assert.False(await password.IsRightAsync(new string('x', 2_000)));
        Assert.False(await password.IsRightAsync(new string('x', 100)));
        Assert.False(await password.IsRightAsync(Admins.Password + "\0"));
        Assert.False(await password.IsRightAsync(""));
    }

    [Fact]
    public async Task A_namespace_of_the_application_is_not_taken_from_it()
    {
        var named = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(io => io.Of("/admin").On("x", () => { })));
        var pattern = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(io => io.Of(new Regex("^/a")).OnConnection(_ => { })));

        Assert.StartsWith("The admin page is to have the namespace \"/admin\", but the application uses it", named.Message, StringComparison.Ordinal);
        Assert.Contains("which none of its patterns matches", pattern.Message, StringComparison.Ordinal);

        static Task<SocketIOTestHost> StartAsync(Action<SocketIOServer> io) =>
            SocketIOTestHost.StartAsync(io, services: services => services.AddSocketIOAdmin(Admins.Open));
    }

    [Fact]
    public async Task A_policy_that_does_not_exist_stops_the_application()
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(_ => { }, services: services =>
        {
            services.AddAuthorization();
            services.AddSocketIOAdmin(options => options.Policy = "operators");
        }));

        Assert.Contains("operators", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_server_has_an_admin_page_of_its_own_with_settings_from_the_configuration()
    {
        await using var host = await SeveralHost.StartAsync(
            services =>
            {
                services.AddSocketIO();
                services.AddSocketIO("chat");
                services.AddSocketIOAdmin();
                services.AddSocketIOAdmin("chat", options => options.AllowAnonymous = true);
            },
            app =>
            {
                app.MapSocketIO();
                app.MapSocketIO("/chat-io", "chat");
            },
            ("SocketIOAdmin:UserName", Admins.Name), ("SocketIOAdmin:PasswordHash", Admins.Hash),
            ("SocketIOAdmin:Namespace", "/ops"), ("SocketIOAdmins:chat:ServerId", "the chat"));

        await using var main = await SocketIOTestClient.ConnectAsync(host.Uri, "/ops", Admins.Login);
        await using var chat = await host.ConnectAsync("/chat-io", "/admin");

        Assert.Equal(Environment.MachineName, (await main.HearAsync("server_stats", _ => true))[0].GetProperty("serverId").GetString());
        Assert.Equal("the chat", (await chat.HearAsync("server_stats", _ => true))[0].GetProperty("serverId").GetString());
        Assert.Contains(host.Logs.Lines, line => line.Contains("The admin namespace /admin is open to everybody", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_misspelt_setting_and_a_missing_server_stop_the_application()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await SeveralHost.StartAsync(
            services =>
            {
                services.AddSocketIO();
                services.AddSocketIOAdmin(Admins.Open);
            },
            app => app.MapSocketIO(),
            ("SocketIOAdmin:ReadOnlyy", "true")));
        var missing = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await SeveralHost.StartAsync(services => services.AddSocketIOAdmin(Admins.Open), _ => { }));

        Assert.Equal("AddSocketIOAdmin needs builder.Services.AddSocketIO().", missing.Message);
    }
}
