using System.Globalization;
using System.Net;
using Akka.ClusterAdapter.Forwarding;
using Akka.ClusterAdapter.Tests.Gateway;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>Workers that listen for https only, with a certificate that nobody trusts, as the development certificate is to a program.</summary>
public sealed class CertificateTests
{
    [Fact]
    public async Task A_worker_that_others_cannot_forward_to_is_degraded_and_says_what_to_do()
    {
        using var certificate = RoutedProtocolTests.MakeCertificate();
        var port = FreePorts.Take(1)[0];
        var url = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}");
        await using var hosts = await RoutedHosts.StartAsync(
            $"akka.cluster-adapter.advertised-url = \"{url}\"",
            services: services => services.Configure<KestrelServerOptions>(
                kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(certificate))));
        var sid = await hosts.OpenAsync(hosts.One);

        await Eventually.TrueAsync(async () => (await CheckAsync(hosts.One)).Status == HealthStatus.Degraded, "the worker has looked at its own certificate");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(hosts.Two)).Status);
        using (var refused = await hosts.SendAsync(hosts.Two, HttpMethod.Post, sid, "40"))
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        foreach (var host in new[] { hosts.One, hosts.Two })
        {
            var health = await CheckAsync(host);
            Assert.Equal(HealthStatus.Degraded, health.Status);
            Assert.Contains(url, health.Description, StringComparison.Ordinal);
            Assert.Contains(ForwardingFaults.Remedy, health.Description, StringComparison.Ordinal);
            Assert.Contains(host.Logs.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal)
                && line.Contains(url, StringComparison.Ordinal) && line.Contains(ForwardingFaults.Remedy, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_was_wrong_with_a_worker_is_forgotten_when_it_is_gone_or_well()
    {
        var faults = new ForwardingFaults();
        faults.Add("a", "https://a", "untrusted");
        faults.Add("b", "https://b", "untrusted");

        Assert.NotNull(faults.Describe(_ => true));
        faults.Remove("a");
        Assert.Contains("https://b: untrusted", faults.Describe(_ => true), StringComparison.Ordinal);
        Assert.Null(faults.Describe(_ => false));
        Assert.Null(faults.Describe(_ => true));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("https://127.0.0.1:1")]
    [InlineData("http://unix:/run/chat.sock")]
    [InlineData("")]
    public async Task Where_nobody_answers_or_TLS_is_not_spoken_no_certificate_is_to_blame(string url) =>
        Assert.Null(await ForwardingFaults.WhyNotTrustedAsync(url, CancellationToken.None));

    private static async Task<(HealthStatus Status, string Description)> CheckAsync(Server.SocketIOTestHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return (report.Status, Assert.Single(report.Entries).Value.Description ?? "");
    }
}
