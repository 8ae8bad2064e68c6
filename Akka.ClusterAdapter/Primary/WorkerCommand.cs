using System.Diagnostics;
using System.Reflection;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Primary;

/// <summary>The command line of a worker.</summary>
internal sealed record WorkerCommand(string Program, IReadOnlyList<string> Arguments)
{
    // They would move Kestrel away from the port that the primary checked.
    private static readonly string[] ListenVariables = ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS"];

    /// <summary>The program named by the options, or this very program with its arguments.</summary>
    public static WorkerCommand From(PrimaryOptions options)
    {
        if (options.Program is { } other)
            return new(other, options.Arguments ?? []);
        var program = Environment.ProcessPath ?? throw new PrimaryException("The path of this program is unknown; set PrimaryOptions.Program.");
        var arguments = options.Arguments ?? Environment.GetCommandLineArgs()[1..];
        // "dotnet App.dll ...": the process is dotnet, the program is its first argument.
        return Path.GetFileNameWithoutExtension(program) == "dotnet" && Assembly.GetEntryAssembly()?.Location is { Length: > 0 } entry
            ? new(program, [entry, .. arguments])
            : new(program, arguments);
    }

    public ProcessStartInfo StartInfo(WorkerEnvironment environment)
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in ListenVariables)
            start.Environment.Remove(name);
        foreach (var (name, value) in environment.ToVariables())
            start.Environment[name] = value;
        return start;
    }
}
