using System.Net;
using Akka.Configuration;

namespace SeedNodesExample;

/// <summary>The command line of a member.</summary>
internal sealed record NodeArguments
{
    private const string Help = """
        A member of a Socket.IO cluster: a seed node, or a worker with a small chat.

          dotnet run --project examples/SeedNodes -- [--share ADDRESS:PORT] FILE [FILE ...] [SETTING ...]

          FILE                   HOCON; what a later file says goes over what an earlier one says
          --share ADDRESS:PORT   several workers on this machine listen there together
          SETTING                of ASP.NET Core, such as --urls http://127.0.0.1:8080

        Environment variables go over all files: AKKA__REMOTE__DOT_NETTY__TCP__PORT=8111 is akka.remote.dot-netty.tcp.port = 8111.

          examples/SeedNodes/run        two seed nodes and two workers
        """;

    /// <summary>The settings of all files.</summary>
    public required Config Hocon { get; init; }

    /// <summary>Where workers of this machine listen together; null: where ASP.NET Core is told to.</summary>
    public IPEndPoint? Share { get; init; }

    /// <summary>What is left for ASP.NET Core.</summary>
    public required string[] Others { get; init; }

    /// <summary>Reads the command line; null when it asks for help.</summary>
    /// <exception cref="NodeException">It cannot be understood.</exception>
    public static NodeArguments? Parse(string[] args)
    {
        var hocon = Config.Empty;
        IPEndPoint? share = null;
        var i = 0;
        for (; i < args.Length && (!args[i].StartsWith("--", StringComparison.Ordinal) || args[i] is "--share" or "--help"); i++)
        {
            if (args[i] == "--help")
                return null;
            if (args[i] == "--share")
                share = EndPoint(++i < args.Length ? args[i] : "");
            else
                hocon = Read(args[i]).WithFallback(hocon);
        }

        return hocon.IsEmpty ? null : new NodeArguments { Hocon = hocon, Share = share, Others = args[i..] };
    }

    public static int ShowHelp()
    {
        Console.WriteLine(Help);
        return 0;
    }

    private static IPEndPoint EndPoint(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0
            ? endPoint
            : throw new NodeException($"--share needs an address and a port such as 0.0.0.0:3000, not \"{text}\".");

    private static Config Read(string file)
    {
        try
        {
            return ConfigurationFactory.ParseString(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NodeException(exception.Message);
        }
        catch (Exception exception)
        {
            throw new NodeException($"{file} is not HOCON: {exception.Message.Split('\n')[0].Trim()}");
        }
    }
}
