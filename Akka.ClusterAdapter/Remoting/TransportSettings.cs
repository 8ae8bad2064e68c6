using System.Globalization;
using System.Net;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Remoting;

/// <summary>How members are linked: <c>akka.cluster-adapter.transport</c>.</summary>
internal enum TransportKind
{
    /// <summary>epoll where there is one, otherwise DotNetty.</summary>
    Auto,
    Epoll,
    Select,
    DotNetty,
}

/// <summary>What the transport reads from <c>akka.remote.dot-netty.tcp</c>: the same keys, with the same meaning, as DotNetty's.</summary>
internal sealed record TransportSettings
{
    public const string KindKey = "akka.cluster-adapter.transport";

    private const string Section = "akka.remote.dot-netty.tcp";
    private const long MostPendingByDefault = 64_000_000;
    // What the adapter has under way to one worker should fit, or remoting waits for its own timer each time.
    private const long LeastPending = 2_000_000;
    private const long MostPendingEver = 1L << 30;
    private const int SmallestFrame = 32_000;

    public required string Hostname { get; init; }

    public required string PublicHostname { get; init; }

    public required int Port { get; init; }

    public required int? PublicPort { get; init; }

    public required int FrameSize { get; init; }

    public required bool IsEncrypted { get; init; }

    public required bool IsBigEndian { get; init; }

    /// <summary>How long a connection may take to be made, and then again for its TLS handshake; remoting gives a link as long to say who it is.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>How long a link that is closed may take to let out what was written.</summary>
    public required TimeSpan FlushWait { get; init; }

    public required bool PrefersIPv6 { get; init; }

    public required bool ReusesAddress { get; init; }

    public required bool KeepsAlive { get; init; }

    public required bool HasNoDelay { get; init; }

    public required int Backlog { get; init; }

    public required int? ReceiveBufferSize { get; init; }

    public required int? SendBufferSize { get; init; }

    /// <summary>Most bytes that wait for one member whose connection takes nothing.</summary>
    public required int MostPending { get; init; }

    /// <exception cref="ConfigurationException">It is none of the words.</exception>
    public static TransportKind KindOf(Config config) => config.GetString(KindKey, "auto") switch
    {
        "auto" => TransportKind.Auto,
        "epoll" => TransportKind.Epoll,
        "select" => TransportKind.Select,
        "dotnetty" => TransportKind.DotNetty,
        var other => throw new ConfigurationException($"{KindKey} is '{other}': it must be auto, epoll, select or dotnetty."),
    };

    /// <summary>Reads the transport's section, as remoting hands it over.</summary>
    /// <exception cref="ConfigurationException">A value is wrong, or asks for what only DotNetty does; the message says what to do.</exception>
    public static TransportSettings Read(ActorSystem system, Config section)
    {
        RefuseWhatOnlyDotNettyDoes(section);
        var all = system.Settings.Config;
        var host = TextOf(section, "hostname", IPAddress.Any.ToString());
        return new TransportSettings
        {
            Hostname = host,
            PublicHostname = TextOf(section, "public-hostname", host),
            Port = NumberOf(section, "port", 2552),
            PublicPort = NumberOf(section, "public-port", 0) is > 0 and var port ? port : null,
            FrameSize = BytesOf(section, "maximum-frame-size") ?? 128_000,
            IsEncrypted = IsOn(section, "enable-ssl", false),
            IsBigEndian = IsBig(TextOf(section, "byte-order", "little-endian")),
            ConnectTimeout = section.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(15)),
            FlushWait = all.GetTimeSpan("akka.remote.flush-wait-on-shutdown", TimeSpan.FromSeconds(2)),
            PrefersIPv6 = IsOn(section, "dns-use-ipv6", false),
            ReusesAddress = ReusesAddresses(TextOf(section, "tcp-reuse-addr", "off-for-windows")),
            KeepsAlive = IsOn(section, "tcp-keepalive", true),
            HasNoDelay = IsOn(section, "tcp-nodelay", true),
            Backlog = NumberOf(section, "backlog", 4096),
            ReceiveBufferSize = BytesOf(section, "receive-buffer-size") ?? 256_000,
            SendBufferSize = BytesOf(section, "send-buffer-size") ?? 256_000,
            MostPending = (int)Math.Clamp(BytesOf(section, "write-buffer-high-water-mark") ?? MostPendingByDefault, LeastPending, MostPendingEver),
        }.Checked();
    }

    private static void RefuseWhatOnlyDotNettyDoes(Config section)
    {
        if (!string.Equals(TextOf(section, "transport-protocol", "tcp"), "tcp", StringComparison.OrdinalIgnoreCase))
            throw new ConfigurationException($"{Section}.transport-protocol must be tcp.");
        string[] switches = ["enable-backwards-compatibility", "log-transport"];
        if (Array.Find(switches, key => IsOn(section, key, false)) is { } key)
            throw new ConfigurationException($"{Section}.{key} is on, which only DotNetty's transport does: set it to off, or {KindKey} = dotnetty.");
    }

    private static bool ReusesAddresses(string value) => value is "on" or "true" or "yes" || (value == "off-for-windows" && !OperatingSystem.IsWindows());

    private static bool IsBig(string order) => order.ToLowerInvariant() switch
    {
        "little-endian" => false,
        "big-endian" => true,
        _ => throw new ConfigurationException($"{Section}.byte-order is '{order}': it must be little-endian or big-endian."),
    };

    private static bool IsOn(Config section, string key, bool otherwise) => TextOf(section, key, otherwise ? "on" : "off") switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        var other => throw new ConfigurationException($"{Section}.{key} is '{other}': it must be on or off."),
    };

    private static int NumberOf(Config section, string key, int otherwise) =>
        TextOf(section, key, "") is { Length: > 0 } text
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new ConfigurationException($"{Section}.{key} is '{text}': it must be a whole number.")
            : otherwise;

    private static string TextOf(Config section, string key, string otherwise) =>
        section.GetString(key, null) is { } text && !string.IsNullOrWhiteSpace(text) ? text : otherwise;

    private static int? BytesOf(Config section, string key) => section.GetByteSize(key, null) is > 0 and var bytes ? (int)Math.Min(bytes, int.MaxValue) : null;

    private TransportSettings Checked() => FrameSize >= SmallestFrame
        ? this
        : throw new ConfigurationException($"{Section}.maximum-frame-size is {FrameSize} bytes: it must be at least {SmallestFrame}.");
}
