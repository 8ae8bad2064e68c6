using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Akka.ClusterAdapter.Faults.Soak.Processes;

/// <summary>The cluster's own certificate authority, with files in a folder.</summary>
internal sealed class Authority : IDisposable
{
    private readonly string _folder;
    private readonly X509Certificate2 _authority;
    private int _issued;

    public Authority(string folder)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Cluster of the soak", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        _authority = request.CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
        Write("ca.crt", _authority.ExportCertificatePem());
    }

    /// <summary>HOCON of a member with a new certificate.</summary>
    public string Hocon()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=member", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_authority, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        var number = Interlocked.Increment(ref _issued);
        return $$"""
            akka.remote.dot-netty.tcp.enable-ssl = on
            akka.cluster-adapter.tls {
              certificate = "{{Write($"{number}.crt", certificate.ExportCertificatePem())}}"
              key = "{{Write($"{number}.key", key.ExportPkcs8PrivateKeyPem())}}"
              authority = "{{Path.Combine(_folder, "ca.crt")}}"
            }
            """;
    }

    public void Dispose() => _authority.Dispose();

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, pem);
        return path;
    }
}
