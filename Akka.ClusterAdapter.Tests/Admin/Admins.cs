using System.Text.Json;
using Akka.ClusterAdapter.Admin;
using Akka.ClusterAdapter.Hosting;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Admin;

/// <summary>Admin pages of tests: their password, and what they have been told.</summary>
internal static class Admins
{
    public const string Name = "ada";
    public const string Password = "correct horse";

    /// <summary>The cheapest hash there is: it is made for each test run.</summary>
    public static readonly string Hash = BCrypt.Net.BCrypt.HashPassword(Password, 4);

    public static object Login => new { username = Name, password = Password };

    public static void ByPassword(SocketIOAdminOptions options)
    {
        (options.UserName, options.PasswordHash) = (Name, Hash);
        options.Mode = SocketIOAdminMode.Development;
    }

    public static void Open(SocketIOAdminOptions options)
    {
        options.AllowAnonymous = true;
        options.Mode = SocketIOAdminMode.Development;
    }

    public static AdminServer Of(IServiceProvider services) => services.GetRequiredService<AdminLifetime>().All.Single();

    public static Task<SocketIOTestCluster> ClusterAsync(
        int workers, Action<SocketIOAdminOptions> configure, Action<SocketIOServer>? io = null, Action<SocketIOTestClusterOptions>? options = null)
    {
        var number = 0;
        return SocketIOTestCluster.StartAsync(workers, io ?? (_ => { }), cluster =>
        {
            cluster.Services.AddSocketIOAdmin(admin =>
            {
                // They are all in this process: its id would be the same name for all.
                admin.ServerId = $"worker {Interlocked.Increment(ref number)}";
                configure(admin);
            });
            options?.Invoke(cluster);
        });
    }

    /// <summary>Waits for a message whose arguments are as wanted; those of that name before it are left out.</summary>
    public static async Task<JsonElement[]> HearAsync(this SocketIOTestClient page, string name, Func<JsonElement[], bool> isWanted)
    {
        while (true)
        {
            var args = Arguments(await page.WaitForAsync(name));
            if (isWanted(args))
                return args;
        }
    }

    public static JsonElement[] Arguments(ReceivedEvent message) =>
        [.. Enumerable.Range(0, message.Arguments.Count).Select(message.Arguments.Get<JsonElement>)];

    /// <summary>Everything that a page has been told, as text.</summary>
    public static string AllText(this SocketIOTestClient page) =>
        string.Join('\n', page.Received.Select(message => $"{message.Name} {string.Join(' ', Arguments(message))}"));
}
