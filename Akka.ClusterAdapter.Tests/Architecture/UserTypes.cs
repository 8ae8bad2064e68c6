using System.Text.RegularExpressions;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>What users touch shares one namespace, that of the server, so the folder of its source tells its floor.</summary>
internal static partial class UserTypes
{
    public const string Namespace = "Akka.ClusterAdapter.Server";

    private const string Library = "Akka.ClusterAdapter";

    /// <summary>Floor by a type's name as metadata has it, arity included.</summary>
    public static readonly IReadOnlyDictionary<string, string> Floors = Read();

    /// <summary>Whether a file declares types in the namespace of what users touch.</summary>
    public static bool Declares(string file) => Declaration().IsMatch(File.ReadAllText(file));

    /// <summary>Names of the types a file declares outside other types, and whether each is public.</summary>
    public static IEnumerable<(string Name, bool IsPublic)> TypesOf(string file) =>
        TypeDeclaration().Matches(File.ReadAllText(file)).Select(found => (MetadataName(found), found.Groups["access"].Value == "public"));

    /// <summary>The floor of a type; of a validator that is generated for options, theirs.</summary>
    public static string? FloorOf(string name) =>
        Floors.GetValueOrDefault(Validator().Match(name) is { Success: true } found ? found.Groups[1].Value : name);

    private static string MetadataName(Match found)
    {
        var (name, arguments) = (found.Groups["name"].Value, found.Groups["arguments"].Value);
        return arguments.Length == 0 ? name : $"{name}`{arguments.Split(',').Length}";
    }

    private static Dictionary<string, string> Read()
    {
        var floors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in SourceTree.CSharpFiles(Library).Where(Declares))
            foreach (var (name, _) in TypesOf(file))
                floors[name] = SourceTree.Segments(file)[1];
        return floors;
    }

    [GeneratedRegex(@"^namespace\s+Akka\.ClusterAdapter\.Server\s*;", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^__(\w+)Validator__$")]
    private static partial Regex Validator();

    [GeneratedRegex(
        @"^(?<access>public|internal)\s[^=(;\n]*?\b(?:(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?)\s+|delegate\s[^=(;\n]*\s)"
        + @"(?<name>\w+)(?:<(?<arguments>[^>]*)>)?",
        RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
