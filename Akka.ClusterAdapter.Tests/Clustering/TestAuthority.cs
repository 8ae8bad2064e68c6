using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>A certificate authority of a test's, with the files of its members in a folder that goes with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("socketio-tls-");
    private readonly X509Certificate2 _authority;
    private int _issued;

    public TestAuthority(string name = "Cluster of the test")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _authority = request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(2));
        File = Write("ca.crt", _authority.ExportCertificatePem());
    }

    /// <summary>Path of its own certificate.</summary>
    public string File { get; }

    /// <summary>Files of a member, valid for so long from now on.</summary>
    public (string Certificate, string Key) Issue(TimeSpan? validFor = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=worker", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(
            _authority, Now.AddDays(-1), TimeProvider.System.GetUtcNow() + (validFor ?? TimeSpan.FromDays(1)), RandomNumberGenerator.GetBytes(8));
        var number = ++_issued;
        return (Write($"tls-{number}.crt", certificate.ExportCertificatePem()), Write($"tls-{number}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>A member's certificate in memory, for a client that is no member.</summary>
    public X509Certificate2 IssueForClient()
    {
        var (certificate, key) = Issue();
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Settings of a member with a certificate of its own.</summary>
    /// <param name="trusted">Whose certificates it accepts; its own authority's when left out.</param>
    public string Hocon(TestAuthority? trusted = null)
    {
        var (certificate, key) = Issue();
        return $$"""
            akka.remote.dot-netty.tcp.enable-ssl = on
            akka.cluster-adapter.tls {
              certificate = "{{certificate}}"
              key = "{{key}}"
              authority = "{{(trusted ?? this).File}}"
            }
            """;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllText(path, pem);
        return path;
    }
}
