using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.ClusterAdapter.Clustering.Settings;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Remoting;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Clustering;

/// <summary>
/// TLS between the members of a cluster with a certificate on both sides, from PEM files as Kubernetes and cert-manager make them. Only the named
/// authorities count, not those that the machine trusts: whoever holds one of their certificates is a member. Certificates are read once; new ones need a
/// restart of the process.
/// </summary>
public static partial class ClusterTls
{
    private const string Path = "akka.cluster-adapter.tls";

    /// <summary>
    /// What <c>akka.cluster-adapter.tls</c> names, for <c>akka.AddSetup(...)</c> or <c>ActorSystemSetup.Create(...)</c>; null when it names nothing.
    /// </summary>
    /// <param name="config">The configuration the actor system is going to have, with or without the adapter's defaults.</param>
    /// <exception cref="ConfigurationException">A file is missing or not what it should be, or only some of the three are named.</exception>
    public static DotNettySslSetup? From(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var keys = new SettingsReader(config.WithFallback(ClusterAdapterExtension.DefaultConfig), Path);
        string[] names = ["certificate", "key", "authority"];
        var files = names.Select(keys.Optional).ToArray();
        if (files.All(file => file.Length == 0))
            return null;
        var missing = Array.FindIndex(files, file => file.Length == 0);
        return missing < 0
            ? FromPem(files[0], files[1], files[2])
            : throw new ConfigurationException($"{Path}.{names[missing]} is empty: all three of {Path} must name a file, or none.");
    }

    /// <summary>The same without HOCON. The transport must be told too: <c>akka.remote.dot-netty.tcp.enable-ssl = on</c>.</summary>
    /// <param name="certificate">Path of the member's certificate.</param>
    /// <param name="key">Path of its private key, not encrypted.</param>
    /// <param name="authority">Path of the certificates of the authorities that members' certificates may come from, intermediate ones included.</param>
    /// <exception cref="ConfigurationException">A file is missing or not what it should be.</exception>
    public static DotNettySslSetup FromPem(string certificate, string key, string authority)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(certificate);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentException.ThrowIfNullOrWhiteSpace(authority);
        var authorities = ReadAuthorities(authority);
        var own = ReadOwn(certificate, key);
        if (Refusal(own, authorities) is { } reason)
            throw new ConfigurationException($"The others would refuse the certificate in {certificate}: {reason}.");
        CarefulLogger? careful = null;
        return new DotNettySslSetup(own, suppressValidation: false, requireMutualAuthentication: true, (peer, _, name, _, log) =>
        {
            var refusal = peer is null ? "it has no certificate" : Refusal(peer, authorities);
            // Anybody may knock, as often as he likes, with any name in his certificate.
            if (refusal is not null)
                Log.Refused(careful ??= new(new AkkaLogger(log), TimeProvider.System), name, refusal);
            return refusal is null;
        });
    }

    /// <summary>Why a certificate is not accepted; null when it is.</summary>
    private static string? Refusal(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // A certificate must not make this process fetch what it points at.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate)
            ? null
            : $"{certificate.Subject} ({string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct())})";
    }

    private static X509Certificate2 ReadOwn(string certificate, string key)
    {
        using var pem = Read(certificate, () => X509Certificate2.CreateFromPemFile(certificate, key), $"is no PEM certificate that fits the key in {key}");
        // Windows cannot use a key that was never stored.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
    }

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        Read(file, () =>
        {
            authorities.ImportFromPemFile(file);
            return authorities;
        }, "holds no PEM certificates");
        return authorities.Count > 0 ? authorities : throw new ConfigurationException($"{file} holds no PEM certificates.");
    }

    private static T Read<T>(string file, Func<T> read, string otherwise)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"A file of the cluster's TLS cannot be read: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new ConfigurationException($"{file} {otherwise}: {exception.Message}", exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5011, LogLevel.Warning, "{Name} is refused at the cluster's port: {Reason}.", EventName = "PeerRefused")]
        public static partial void Refused(ILogger logger, string name, string reason);
    }
}
