using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Architecture;

public sealed partial class SourceLayoutTests
{
    private const int HardLimit = 400;

    private const int MostCharacters = 160;

    // Inside Akka.* these simple names are namespaces of Akka, so a folder called like one hides it.
    private static readonly string[] FolderTraps = ["Cluster", "Actor", "Event", "Configuration", "IO", "Routing", "Util", "Utils", "Helpers", "Common"];

    private static readonly string[] Projects = ["Akka.ClusterAdapter", "Akka.ClusterAdapter.Testing", "Akka.ClusterAdapter.Tests"];

    [Fact]
    public void A_file_lives_in_the_folder_of_its_namespace()
    {
        var strays = Projects.SelectMany(SourceTree.CSharpFiles).Where(file => !IsAtHome(file));

        Assert.Empty(strays.Select(Relative));
    }

    [Fact]
    public void What_other_floors_have_in_the_namespace_of_what_users_touch_is_public()
    {
        var guests = SourceTree.CSharpFiles("Akka.ClusterAdapter").Where(file => UserTypes.Declares(file) && SourceTree.Segments(file)[1] != "Server");

        var hidden = guests.SelectMany(UserTypes.TypesOf).Where(type => !type.IsPublic);

        Assert.Empty(hidden);
    }

    [Fact]
    public void No_file_is_longer_than_the_hard_limit()
    {
        var folders = Projects.Append("examples").Where(folder => Directory.Exists(Path.Combine(SourceTree.Root, folder)));

        var tooLong = folders.SelectMany(SourceTree.CSharpFiles).Where(file => File.ReadLines(file).Count() > HardLimit);

        Assert.Empty(tooLong.Select(Relative));
    }

    [Fact]
    public void No_line_is_longer_than_the_editors_limit()
    {
        Assert.Contains($"max_line_length = {MostCharacters}", File.ReadLines(Path.Combine(SourceTree.Root, ".editorconfig")));

        var tooLong = SourceTree.CSharpFiles("").SelectMany(
            file => File.ReadLines(file).Index().Where(line => line.Item.Length > MostCharacters).Select(line => $"{Relative(file)}:{line.Index + 1}"));

        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_folder_is_called_like_a_namespace_of_Akka()
    {
        var folders = Projects.SelectMany(SourceTree.CSharpFiles).SelectMany(file => SourceTree.Segments(file)[1..^1]);

        Assert.Empty(folders.Intersect(FolderTraps));
    }

    [Fact]
    public void No_type_is_called_ClusterAdapter_and_no_namespace_SocketIO()
    {
        using var assembly = new AssemblyUses(typeof(PacketType).Assembly.Location);

        var traps = assembly.Types().Where(type => type.Type.Name == "ClusterAdapter" || type.Type.Namespace.Split('.')[0] is "SocketIO" or "SocketIOClient");

        Assert.Empty(traps);
    }

    private static string Relative(string file) => Path.GetRelativePath(SourceTree.Root, file);

    private static bool IsAtHome(string file)
    {
        var found = DeclaredNamespace().Match(File.ReadAllText(file));
        // A file of assembly attributes or global usings declares none.
        if (!found.Success)
            return SourceTree.Segments(file).Length == 2;
        var segments = SourceTree.Segments(file);
        var declared = found.Groups[1].Value;
        return declared == string.Join('.', segments[..^1])
            || (segments[0] == "Akka.ClusterAdapter" && declared == UserTypes.Namespace)
            || (segments is ["Akka.ClusterAdapter", "Hosting", ..] && FloorRules.ExtensionNamespaces.Contains(declared));
    }

    [GeneratedRegex(@"^namespace\s+([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex DeclaredNamespace();
}
