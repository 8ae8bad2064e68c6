using System.Globalization;
using Akka.Configuration;

namespace TestServer;

internal enum Profile
{
    /// <summary>The event contract of the load test.</summary>
    Bench,

    /// <summary>Small time-outs and echoes, for checks of the wire protocol.</summary>
    Protocol,
}

/// <summary>Who may open the admin page: one name with the bcrypt hash of a password, or everybody.</summary>
internal sealed record AdminAccess(string? Name, string? Hash);

/// <summary>The command line. Null means: as the library has it.</summary>
internal sealed record Settings
{
    public required string[] Arguments { get; init; }

    public Profile Profile { get; private set; } = Profile.Bench;

    public int Workers { get; private set; } = 2;

    public int Port { get; private set; } = 3000;

    public TimeSpan? PingInterval { get; private set; }

    public TimeSpan? PingTimeout { get; private set; }

    public TimeSpan? ConnectTimeout { get; private set; }

    public TimeSpan? UpgradeTimeout { get; private set; }

    public int? MaxPayload { get; private set; }

    public TimeSpan? RequestsTimeout { get; private set; }

    /// <summary>Between the starts of two workers: many of them are slow to find each other when all are compiled at once.</summary>
    public TimeSpan StartInterval { get; private set; }

    /// <summary>How long a worker that stops takes to let its clients go. Default 2 s: whoever stops this server waits 5 s.</summary>
    public TimeSpan DrainTimeout { get; private set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest disconnection that a session survives; null for no recovery at all.</summary>
    public TimeSpan? Recovery { get; private set; }

    /// <summary>Sessions survive a worker that is killed: another one keeps a copy.</summary>
    public bool SurvivesCrash { get; private set; }

    /// <summary>Who may open the admin page; null for no admin page at all.</summary>
    public AdminAccess? Admin { get; private set; }

    /// <summary>Directory with the files of the admin page, served under <c>/admin-page</c>; null for none.</summary>
    public string? AdminPage { get; private set; }

    /// <summary>True for the MessagePack parser.</summary>
    public bool IsMessagePack { get; private set; }

    /// <summary>Starts a worker again that died.</summary>
    public bool Restart { get; private set; }

    /// <summary>Ends everything when the standard input ends, for starters that may vanish without a signal.</summary>
    public bool EndsWithInput { get; private set; }

    /// <summary>Leaves remoting's transport as it is, so that members of other programs can join; <c>throttle</c> does nothing then.</summary>
    public bool IsOpenToOthers { get; private set; }

    /// <summary>Lets the library's own primary run the workers, as an application would: restarts, and reloads on SIGHUP.</summary>
    public bool IsManaged { get; private set; }

    /// <summary>Logs what happens, not only what is wrong.</summary>
    public bool IsVerbose { get; private set; }

    /// <summary>Takes clients without having run its own code paths before.</summary>
    public bool IsCold { get; private set; }

    /// <summary>A worker that is started again takes its earlier life's port in the cluster too.</summary>
    public bool KeepsClusterPorts { get; private set; }

    /// <summary>Serves the library's instruments at <c>/metrics</c>.</summary>
    public bool ShowsMetrics { get; private set; }

    /// <summary>Records every span of the library and serves those that have ended at <c>/traces</c>.</summary>
    public bool ShowsTraces { get; private set; }

    /// <summary>HOCON that stands in front of this program's own, in every process of the cluster.</summary>
    public string Hocon { get; private set; } = string.Empty;

    /// <summary>What the parent process adds for a worker: its number, from 1; 0 in every other process.</summary>
    public int Worker { get; private set; }

    public bool IsWorker => Worker > 0;

    /// <summary>A worker's own port; 0 for a free one.</summary>
    public int OwnPort { get; private set; }

    /// <summary>A worker's port in the cluster; 0 for a free one.</summary>
    public int ClusterPort { get; private set; }

    /// <summary>Cluster address of the parent process.</summary>
    public string Seed { get; private set; } = string.Empty;

    /// <summary>Cluster role that only this worker process has.</summary>
    public string WorkerRole { get; private set; } = string.Empty;

    /// <exception cref="StartException">Something on the command line is not understood.</exception>
    public static Settings Parse(string[] args)
    {
        var settings = new Settings { Arguments = args };
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--restart")
                settings.Restart = true;
            else if (args[i] == "--end-with-input")
                settings.EndsWithInput = true;
            else if (args[i] == "--open-to-others")
                settings.IsOpenToOthers = true;
            else if (args[i] == "--managed")
                settings.IsManaged = true;
            else if (args[i] == "--verbose")
                settings.IsVerbose = true;
            else if (args[i] == "--keep-cluster-ports")
                settings.KeepsClusterPorts = true;
            else if (args[i] == "--cold")
                settings.IsCold = true;
            else if (args[i] == "--survive-crash")
                settings.SurvivesCrash = true;
            else if (args[i] == "--metrics")
                settings.ShowsMetrics = true;
            else if (args[i] == "--traces")
                settings.ShowsTraces = true;
            else if (i + 1 < args.Length)
                settings.Take(args[i], args[++i]);
            else
                throw new StartException($"{args[i]} is not an option, or its value is missing.");
        }

        if (settings is { SurvivesCrash: true, Recovery: null })
            throw new StartException("--survive-crash needs --recovery.");
        return settings is { AdminPage: not null, Admin: null } ? throw new StartException("--admin-page needs --admin.") : settings;
    }

    private void Take(string option, string value)
    {
        switch (option)
        {
            case "--profile": Profile = ParseProfile(value); break;
            case "--workers": Workers = ParseNumber(option, value); break;
            case "--port": Port = ParseNumber(option, value); break;
            case "--ping-interval": PingInterval = ParseMilliseconds(option, value); break;
            case "--ping-timeout": PingTimeout = ParseMilliseconds(option, value); break;
            case "--connect-timeout": ConnectTimeout = ParseMilliseconds(option, value); break;
            case "--upgrade-timeout": UpgradeTimeout = ParseMilliseconds(option, value); break;
            case "--requests-timeout": RequestsTimeout = ParseMilliseconds(option, value); break;
            case "--start-interval": StartInterval = ParseMilliseconds(option, value); break;
            case "--drain-timeout": DrainTimeout = ParseMilliseconds(option, value); break;
            case "--max-payload": MaxPayload = ParseNumber(option, value); break;
            case "--parser": IsMessagePack = ParseParser(value); break;
            case "--recovery": Recovery = ParseMilliseconds(option, value); break;
            case "--admin": Admin = ParseAdmin(value); break;
            case "--admin-page": AdminPage = value; break;
            case "--hocon": Hocon = ParseHocon(value); break;
            case "--worker": Worker = ParseNumber(option, value); break;
            case "--own-port": OwnPort = ParseNumber(option, value); break;
            case "--cluster-port": ClusterPort = ParseNumber(option, value); break;
            case "--seed": Seed = value; break;
            case "--worker-role": WorkerRole = value; break;
            default: throw new StartException($"{option} is not an option.");
        }
    }

    private static Profile ParseProfile(string value) => value switch
    {
        "bench" => Profile.Bench,
        "protocol" => Profile.Protocol,
        _ => throw new StartException($"--profile is bench or protocol, not {value}."),
    };

    private static AdminAccess ParseAdmin(string value)
    {
        if (value == "open")
            return new(null, null);
        return value.Split(':', 2) is [{ Length: > 0 } name, { Length: > 0 } hash]
            ? new(name, hash)
            : throw new StartException("--admin is open or NAME:BCRYPT.");
    }

    private static bool ParseParser(string value) => value switch
    {
        "json" => false,
        "msgpack" => true,
        _ => throw new StartException($"--parser is json or msgpack, not {value}."),
    };

    private static string ParseHocon(string value)
    {
        try
        {
            ConfigurationFactory.ParseString(value);
            return value;
        }
        catch (Exception e)
        {
            throw new StartException($"--hocon is not HOCON: {e.Message}");
        }
    }

    private static int ParseNumber(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StartException($"{option} takes a whole number, not {value}.");

    private static TimeSpan ParseMilliseconds(string option, string value) => TimeSpan.FromMilliseconds(ParseNumber(option, value));
}
