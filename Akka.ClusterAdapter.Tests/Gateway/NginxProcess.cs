using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Gateway;

/// <summary>
/// Debian's nginx with the configuration of <c>examples/Nginx</c>, the addresses replaced, and round-robin in place of the fewest connections.
/// </summary>
internal sealed partial class NginxProcess : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private NginxProcess(Process process, DirectoryInfo folder, string url)
    {
        _process = process;
        _folder = folder;
        Url = url;
    }

    public string Url { get; }

    /// <summary>Starts it in front of workers and waits until it listens.</summary>
    /// <param name="workers">Their addresses.</param>
    /// <param name="edit">Makes another configuration of the example.</param>
    public static async Task<NginxProcess> StartAsync(IReadOnlyList<string> workers, Func<string, string>? edit = null)
    {
        if (!File.Exists(Program))
            Assert.Fail($"{Program} is missing: make test installs it, or install Debian's nginx-light.");
        var folder = Directory.CreateTempSubdirectory("socketio-nginx-");
        var port = FreePorts.Take(1)[0];
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "nginx.conf"), Configuration(folder.FullName, port, workers, edit));
        var start =
            new ProcessStartInfo(Program, ["-p", folder.FullName, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]) { RedirectStandardError = true };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var nginx = new NginxProcess(process, folder, $"http://127.0.0.1:{port}");
        await Eventually.TrueAsync(
            async () => process.HasExited ? throw new InvalidOperationException(await errors) : await AcceptsAsync(port), "nginx listens");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Configuration(string folder, int port, IReadOnlyList<string> workers, Func<string, string>? edit)
    {
        var example = File.ReadAllText(Path.Combine(SourceTree.Root, "examples", "Nginx", "socketio.conf"));
        example = edit?.Invoke(example) ?? example;
        var servers = string.Concat(workers.Select(worker => $"    server {new Uri(worker).Authority};\n"));
        var site = ServerLine().Replace(example, "").Replace("    least_conn;\n", servers, StringComparison.Ordinal)
            .Replace("listen 8080;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal);
        Assert.DoesNotContain(":808", site, StringComparison.Ordinal);
        return $$"""
            worker_processes 1;
            pid nginx.pid;
            events { worker_connections 4096; }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
            {{site}}
            }
            """;
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^    server 127\.0\.0\.1:.*\n", RegexOptions.Multiline)]
    private static partial Regex ServerLine();
}
