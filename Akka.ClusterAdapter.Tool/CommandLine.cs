using Akka.ClusterAdapter.Tool.Types;

namespace Akka.ClusterAdapter.Tool;

/// <summary>What is typed after <c>dotnet socketio</c>.</summary>
internal static class CommandLine
{
    /// <summary>Done, or nothing differs.</summary>
    public const int Done = 0;

    /// <summary>The file differs, or there were warnings where none are allowed.</summary>
    public const int Different = 1;

    /// <summary>It was asked wrongly.</summary>
    public const int Misused = 2;

    private const string Usage = """
        dotnet socketio types ASSEMBLY [options]

        Writes TypeScript declarations of the events that a server says and hears. The assembly is read, not run.

          ASSEMBLY              the compiled server, or the assembly with its contracts: bin/Release/net10.0/Chat.dll
          --out FILE            where to write; without it, standard output
          --check               write nothing; fail when FILE is not what would be written (for CI)
          --enums HOW           numbers (default); strings or camelCase when the server's own JSON options have a JsonStringEnumConverter
          --ack-errors          answers to clients may be failures: for a server with AckErrors, or whose handlers throw EventException
          --reference PATH      an assembly, or a folder of assemblies, that ASSEMBLY refers to; may be repeated
          --warnaserror         fail when something cannot be expressed and becomes unknown
          @FILE                 more arguments, one a line

        Exit codes: 0 done, 1 the file differs or there were warnings with --warnaserror, 2 a wrong call.
        """;

    public static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        try
        {
            if (args is [] or ["--help" or "-h" or "help", ..] or ["types", "--help" or "-h", ..])
            {
                output.WriteLine(Usage);
                return args is [] ? Misused : Done;
            }

            if (args[0] != "types")
                throw new UsageException($"There is no command \"{args[0]}\": the command is \"types\".");
            return Write(TypesOptions.Parse(args[1..]), output, errors);
        }
        catch (UsageException e)
        {
            errors.WriteLine($"dotnet-socketio : error SIO300: {e.Message}");
            return Misused;
        }
    }

    private static int Write(TypesOptions options, TextWriter output, TextWriter errors)
    {
        var warnings = new Warnings();
        var text = Declarations.Of(options, warnings);
        foreach (var warning in warnings.All)
            errors.WriteLine($"{Path.GetFileName(options.Assembly)} : {(options.WarnAsError ? "error" : "warning")} {warning}");
        if (options.WarnAsError && warnings.All.Count > 0)
            return Different;
        if (options.Out is not { } file)
            output.Write(text);
        else if (options.Check)
            return Check(file, text, errors);
        else
            Save(file, text);
        return Done;
    }

    private static int Check(string file, string text, TextWriter errors)
    {
        if (File.Exists(file) && File.ReadAllText(file).ReplaceLineEndings("\n") == text)
            return Done;
        errors.WriteLine($"{file} : error SIO301: The declarations are {(File.Exists(file) ? "not those of the server any more" : "missing")}: "
            + "run \"dotnet socketio types\" without --check, and commit the file.");
        return Different;
    }

    /// <summary>Writes only what changed, so that whoever watches the file is not woken for nothing.</summary>
    private static void Save(string file, string text)
    {
        if (File.Exists(file) && File.ReadAllText(file) == text)
            return;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder)
                Directory.CreateDirectory(folder);
            File.WriteAllText(file, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be written: {e.Message}");
        }
    }
}
