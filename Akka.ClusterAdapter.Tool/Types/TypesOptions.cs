namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>What <c>types</c> was asked for.</summary>
internal sealed record TypesOptions(string Assembly)
{
    /// <summary>Where to write; null is standard output.</summary>
    public string? Out { get; private set; }

    /// <summary>Compare only.</summary>
    public bool Check { get; private set; }

    /// <summary>How enums are written wherever no attribute says otherwise.</summary>
    public EnumForm Enums { get; private set; }

    /// <summary>Whether what clients are answered may be a failure.</summary>
    public bool AckErrors { get; private set; }

    public bool WarnAsError { get; private set; }

    /// <summary>Assemblies and folders of assemblies.</summary>
    public List<string> References { get; } = [];

    /// <exception cref="UsageException">It is no call.</exception>
    public static TypesOptions Parse(IEnumerable<string> args)
    {
        var words = new Queue<string>(args.SelectMany(Expand));
        TypesOptions? options = null;
        var later = new List<Action<TypesOptions>>();
        while (words.TryDequeue(out var word))
        {
            if (!word.StartsWith('-'))
                options = options is null
                    ? new TypesOptions(word)
                    : throw new UsageException($"Two assemblies are named, \"{options.Assembly}\" and \"{word}\": name one.");
            else
                later.Add(Option(word, words));
        }

        if (options is null)
            throw new UsageException("No assembly is named: dotnet socketio types bin/Release/net10.0/Chat.dll");
        later.ForEach(set => set(options));
        if (options is { Check: true, Out: null })
            throw new UsageException("--check compares a file: name it with --out.");
        return options;
    }

    private static Action<TypesOptions> Option(string word, Queue<string> words)
    {
        switch (word)
        {
            case "--check":
                return static options => options.Check = true;
            case "--ack-errors":
                return static options => options.AckErrors = true;
            case "--warnaserror":
                return static options => options.WarnAsError = true;
            case "--out" or "-o":
                var file = Value(word, words);
                return options => options.Out = file;
            case "--reference" or "-r":
                var reference = Value(word, words);
                return options => options.References.Add(reference);
            case "--enums":
                var how = Value(word, words);
                var form = how switch
                {
                    "numbers" => EnumForm.Numbers,
                    "strings" => EnumForm.Names,
                    "camelCase" => EnumForm.CamelCaseNames,
                    _ => throw new UsageException($"--enums is numbers, strings or camelCase, not \"{how}\"."),
                };
                return options => options.Enums = form;
            default:
                throw new UsageException($"There is no option {word}: see dotnet socketio --help.");
        }
    }

    private static string Value(string option, Queue<string> words) =>
        words.TryDequeue(out var value) ? value : throw new UsageException($"{option} needs a value: see dotnet socketio --help.");

    private static IEnumerable<string> Expand(string word)
    {
        if (!word.StartsWith('@'))
            return [word];
        return File.Exists(word[1..])
            ? File.ReadAllLines(word[1..]).Select(static line => line.Trim()).Where(static line => line.Length > 0)
            : throw new UsageException($"The file {word[1..]} with more arguments is missing.");
    }
}
