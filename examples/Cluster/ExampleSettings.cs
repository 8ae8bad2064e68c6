using System.Globalization;
using Akka.Configuration;
using Microsoft.Extensions.Options;

namespace ClusterExample;

/// <summary>What can be said on the command line; primary and workers are started with the same one.</summary>
internal sealed record ExampleSettings
{
    private const string Help = """
        A chat over several worker processes on one port.

          dotnet run --project examples/Cluster -- [--workers N] [--port P] [--hocon FILE] [--reload-port P]

          --workers N    worker processes, from 1 (default: one per core, at least 2)
          --port P       TCP port that they share (default 3000; 0: a free one)
          --hocon FILE   more Akka.NET settings for the workers, over those of the example
          --reload-port P
                         POST http://127.0.0.1:P/reload replaces the workers one after the other, without losing anybody
                         (without a terminal, SIGHUP does the same)
        """;

    /// <summary>Worker processes; null: the library's default.</summary>
    public int? Workers { get; init; }

    /// <summary>TCP port; 0 takes a free one.</summary>
    public int Port { get; init; } = 3000;

    /// <summary>Settings that go over those of the example.</summary>
    public Config Hocon { get; init; } = Config.Empty;

    /// <summary>TCP port of this machine on which a reload can be asked for; null: none.</summary>
    public int? ReloadPort { get; init; }

    /// <summary>Reads the command line; null when it asks for help.</summary>
    /// <exception cref="ExampleException">It cannot be understood.</exception>
    public static ExampleSettings? Parse(string[] args)
    {
        var settings = new ExampleSettings();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (args[i] is "--help" or "-h")
                return null;
            var value = i + 1 < args.Length ? args[i + 1] : null;
            settings = args[i] switch
            {
                "--workers" => settings with { Workers = Number(args[i], value, 1, 64) },
                "--port" => settings with { Port = Number(args[i], value, 0, 65535) },
                "--reload-port" => settings with { ReloadPort = Number(args[i], value, 1, 65535) },
                "--hocon" => settings with { Hocon = ReadHocon(value) },
                _ => throw new ExampleException($"Unknown option {args[i]}; --help lists them."),
            };
        }
        return settings;
    }

    public static int ShowHelp()
    {
        Console.WriteLine(Help);
        return 0;
    }

    private static int Number(string option, string? value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new ExampleException($"{option} needs a number from {min} to {max}, not \"{value}\".");

    private static Config ReadHocon(string? path)
    {
        if (!File.Exists(path))
            throw new ExampleException($"--hocon needs a file; there is no \"{path}\".");
        try
        {
            return ConfigurationFactory.ParseString(File.ReadAllText(path));
        }
        catch (Exception exception)
        {
            throw new ExampleException($"{path} is not HOCON: {ExampleException.Reason(exception)}");
        }
    }
}

/// <summary>What the person at the terminal has to change, in one line.</summary>
internal sealed class ExampleException(string message) : Exception(message)
{
    /// <summary>The first line of what is behind an exception; a wrong setting is told by one of its own, around what the parser had to say.</summary>
    public static string Reason(Exception exception)
    {
        var cause = exception;
        while (cause is not ConfigurationException && cause.InnerException is { } inner)
            cause = inner;
        return cause.Message.Split('\n')[0].Trim();
    }

    /// <summary>Whether a wrong setting is behind an exception.</summary>
    public static bool IsConfiguration(Exception exception) =>
        exception is ConfigurationException or OptionsValidationException
        || (exception is AggregateException several ? several.InnerExceptions.Any(IsConfiguration)
            : exception.InnerException is { } inner && IsConfiguration(inner));
}
