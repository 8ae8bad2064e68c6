using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>Certificates of the members: the actor system's setup (<see cref="DotNettySslSetup"/>), otherwise <c>akka.remote.dot-netty.tcp.ssl</c>.</summary>
internal sealed class TlsSettings
{
    private const string Section = "akka.remote.dot-netty.tcp.ssl";

    private readonly DotNettySslSetup _setup;
    private readonly SslStreamCertificateContext _certificate;
    private readonly CertificateValidationCallback _validator;
    private readonly ILoggingAdapter _log;

    private TlsSettings(DotNettySslSetup setup, ILoggingAdapter log)
    {
        if (setup.Certificate is not { HasPrivateKey: true })
            throw new ConfigurationException("The certificate for TLS between members has no private key.");
        (_setup, _log) = (setup, log);
        _certificate = SslStreamCertificateContext.Create(setup.Certificate, additionalCertificates: null, offline: true);
        _validator = setup.CustomValidator ?? Composed(setup, log);
    }

    /// <exception cref="ConfigurationException">There is no certificate, or it cannot be used.</exception>
    public static TlsSettings Read(ActorSystem system, Config section, ILoggingAdapter log) =>
        new(system.Settings.Setup.Get<DotNettySslSetup>() is { HasValue: true, Value: var setup } ? setup : FromHocon(section.GetConfig("ssl")), log);

    /// <summary>For the side that connects.</summary>
    public SslClientAuthenticationOptions AsClient(Address remote) => new()
    {
        TargetHost = remote.Host.Trim('[', ']'),
        AllowRenegotiation = false,
        AllowTlsResume = false,
        ClientCertificateContext = _setup.RequireMutualAuthentication ? _certificate : null,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            _validator(certificate as X509Certificate2, chain, remote.ToString(), errors, _log),
    };

    /// <summary>For the side that is connected to.</summary>
    public SslServerAuthenticationOptions AsServer(IPEndPoint remote) => new()
    {
        ServerCertificateContext = _certificate,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        ClientCertificateRequired = _setup.RequireMutualAuthentication,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = !_setup.RequireMutualAuthentication
            ? null
            : (_, certificate, chain, errors) => certificate is X509Certificate2 presented && _validator(presented, chain, remote.ToString(), errors, _log),
    };

    // A certificate must not make this process fetch what it points at, before anybody has looked at it. Which authorities count the validator says.
    private static X509ChainPolicy Policy() => new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };

    private static CertificateValidationCallback Composed(DotNettySslSetup setup, ILoggingAdapter log) =>
        (setup.SuppressValidation, setup.ValidateCertificateHostname) switch
        {
            (true, false) => static (_, _, _, _, _) => true,
            (true, true) => CertificateValidation.ValidateHostname(null, log),
            (false, false) => CertificateValidation.ValidateChain(log),
            (false, true) => CertificateValidation.Combine(CertificateValidation.ValidateChain(log), CertificateValidation.ValidateHostname(null, log)),
        };

    private static DotNettySslSetup FromHocon(Config? ssl)
    {
        if (ssl is null || ssl.IsEmpty)
            throw new ConfigurationException($"TLS is on, but there is no certificate: {Section}.certificate, or a setup.");
        string[] spellings = ["certificate.use-thumbprint-over-file", "certificate.use-thumprint-over-file"];
        return new DotNettySslSetup(
            Array.Exists(spellings, key => ssl.GetBoolean(key, false)) ? FromStore(ssl) : FromFile(ssl),
            ssl.GetBoolean("suppress-validation", false),
            ssl.GetBoolean("require-mutual-authentication", true),
            ssl.GetBoolean("validate-certificate-hostname", false));
    }

    private static X509Certificate2 FromFile(Config ssl)
    {
        var path = ssl.GetString("certificate.path", "");
        if (string.IsNullOrEmpty(path))
            throw new ConfigurationException($"TLS is on, but {Section}.certificate.path names no file, and the actor system has no setup with a certificate.");
        var flags = ssl.GetStringList("certificate.flags", []).Aggregate(X509KeyStorageFlags.DefaultKeySet, static (all, flag) => all | FlagOf(flag));
        return X509CertificateLoader.LoadPkcs12FromFile(path, ssl.GetString("certificate.password", null), flags);
    }

    private static X509Certificate2 FromStore(Config ssl)
    {
        var thumbprint = ssl.GetString("certificate.thumbprint", null) ?? ssl.GetString("certificate.thumpbrint", null);
        if (string.IsNullOrWhiteSpace(thumbprint))
            throw new ConfigurationException($"{Section}.certificate.use-thumbprint-over-file is on, but {Section}.certificate.thumbprint is empty.");
        var location = ssl.GetString("certificate.store-location", "current-user") switch
        {
            "local-machine" => StoreLocation.LocalMachine,
            "current-user" => StoreLocation.CurrentUser,
            var other => throw new ConfigurationException($"{Section}.certificate.store-location is '{other}': it must be local-machine or current-user."),
        };
        using var store = new X509Store(ssl.GetString("certificate.store-name", "My"), location);
        store.Open(OpenFlags.ReadOnly);
        var found = store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: !ssl.GetBoolean("suppress-validation", false));
        return found.Count > 0
            ? found[0]
            : throw new ConfigurationException($"The store has no valid certificate with the thumbprint of {Section}.certificate.thumbprint.");
    }

    private static X509KeyStorageFlags FlagOf(string flag) => flag switch
    {
        "default-key-set" => X509KeyStorageFlags.DefaultKeySet,
        "exportable" => X509KeyStorageFlags.Exportable,
        "machine-key-set" => X509KeyStorageFlags.MachineKeySet,
        "persist-key-set" => X509KeyStorageFlags.PersistKeySet,
        "user-key-set" => X509KeyStorageFlags.UserKeySet,
        "user-protected" => X509KeyStorageFlags.UserProtected,
        _ => throw new ConfigurationException($"{Section}.certificate.flags has '{flag}', which is no flag."),
    };
}
