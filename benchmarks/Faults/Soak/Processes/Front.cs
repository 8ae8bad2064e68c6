using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Faults.Soak.Nodes;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>nginx with the configuration of <c>examples/Nginx</c> in front of the workers.</summary>
internal sealed partial class Front : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";

    private readonly Process _process;

    private Front(Process process, int port)
    {
        _process = process;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }

    public int Pid => _process.Id;

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<Front> StartAsync(string root, string folder, int port, IEnumerable<int> workers)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException($"{Program} is missing: run \"make tools\", or install Debian's nginx-light.");
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), Configuration(root, folder, port, workers));
        var process = Process.Start(new ProcessStartInfo(Program, ["-p", folder, "-c", "nginx.conf", "-e", $"{folder}/nginx.log", "-g", "daemon off;"]))!;
        while (!await AcceptsAsync(port))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"nginx ended with {process.ExitCode}: {await File.ReadAllTextAsync($"{folder}/nginx.log")}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return new Front(process, port);
    }

    public async ValueTask DisposeAsync()
    {
        await Signals.SendAsync("TERM", Pid);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Configuration(string root, string folder, int port, IEnumerable<int> workers)
    {
        var example = File.ReadAllText(Path.Combine(root, "examples", "Nginx", "socketio.conf"));
        var servers = string.Concat(workers.Select(static worker => $"    server 127.0.0.1:{worker} max_fails=3 fail_timeout=2s;\n"));
        var site = ServerLine().Replace(example, "").Replace("    least_conn;\n", "    least_conn;\n" + servers, StringComparison.Ordinal)
            .Replace("listen 8080;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("location /socket.io/", $@"location ~ ^/(socket\.io|{NodeProgram.Packed})/", StringComparison.Ordinal);
        return $$"""
            worker_processes 1;
            worker_shutdown_timeout 5s;
            pid nginx.pid;
            events { worker_connections 8192; }
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
