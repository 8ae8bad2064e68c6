using Akka.ClusterAdapter.Tool;
using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary><c>dotnet socketio types</c> as it is called.</summary>
public sealed class TypesCommandTests
{
    private const string Contract = "namespace Chat; [ServerToClient(\"/chat\")] public interface IChatClient { ValueTask Said(string id, string text); }";

    [Fact]
    public void The_file_says_what_the_contract_says()
    {
        using var run = new TypesRun();

        var (code, declarations, complaints) = run.Declare(Contract);

        Assert.Equal((0, ""), (code, complaints));
        Assert.Equal("""
            // Written by "dotnet socketio types" from Chat.dll. Do not edit: change the C#, and build.

            /** What the server says in "/chat". */
            export interface ChatServerToClientEvents {
              said: (id: string, text: string) => void;
            }

            /** What clients say in "/chat". */
            export interface ChatClientToServerEvents {
            }

            """, declarations);
    }

    [Fact]
    public void Check_fails_when_the_file_differs_and_writes_nothing()
    {
        using var run = new TypesRun();

        var missing = run.Declare(Contract, "--check");
        run.Declare(Contract);
        var same = run.Declare(Contract, "--check");
        File.WriteAllText(run.PathOf("events.d.ts"), same.Declarations.Replace("\n", "\r\n", StringComparison.Ordinal));
        var otherLines = run.Declare(Contract, "--check");
        var renamed = run.Declare(Contract.Replace("Said", "Told", StringComparison.Ordinal), "--check");

        Assert.Equal((1, "", 0, 0, 1), (missing.Code, missing.Declarations, same.Code, otherLines.Code, renamed.Code));
        Assert.Contains(
            "error SIO301: The declarations are missing: run \"dotnet socketio types\" without --check", missing.Complaints, StringComparison.Ordinal);
        Assert.Contains("error SIO301: The declarations are not those of the server any more", renamed.Complaints, StringComparison.Ordinal);
        Assert.DoesNotContain("told", renamed.Declarations, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contract_of_a_shared_assembly_is_declared_with_the_server()
    {
        using var run = new TypesRun();
        var contracts = run.Compile("namespace Shared; [ServerToClient(\"/a\")] public interface IC { ValueTask Said(string text); } "
            + "[ClientToServer(\"/a\")] public interface IS { void Say(string text); }", "Shared");
        var server = GeneratorRun.Compile(
            "public class H : SocketHandler, Shared.IS { public void Say(string text) { } } "
            + "static class U { static ValueTask S(SocketIOServer io) => io.Of<Shared.IC>().Said(\"x\"); }",
            "Server", MetadataReference.CreateFromFile(contracts));
        Assert.True(server.Emit(run.PathOf("Server.dll")).Success);

        var (code, complaints) = TypesRun.Run(run.PathOf("Server.dll"), "--out", run.PathOf("events.d.ts"));

        Assert.Equal((0, ""), (code, complaints));
        Assert.Contains(
            "export interface AClientToServerEvents {\n  say: (text: string, callback?: () => void) => void;\n}",
            File.ReadAllText(run.PathOf("events.d.ts")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("List<System.Net.IPAddress> value", "the tool does not know how System.Net.IPAddress is written; use a type of your own.")]
    [InlineData("int[,] value", "System.Text.Json cannot write arrays of more than one dimension; use an array of arrays.")]
    [InlineData("Dictionary<Key, int> value", "System.Text.Json has no keys of the type Key; use string.")]
    [InlineData("Page<byte> value", "Page<byte> has binary where others have arrays; use a type of its own.")]
    [InlineData("Odd value", "Odd is written by OddConverter, which the tool does not run.")]
    [InlineData("Hue value", "Hue is written by HueConverter; JsonStringEnumConverter itself, with JsonStringEnumMemberName for other names, could be.")]
    public void What_TypeScript_cannot_say_is_unknown_with_a_warning(string parameter, string why)
    {
        const string Types = """
            public record Key(int A); public record Page<T>(T[] Items);
            [JsonConverter(typeof(OddConverter))] public record Odd(int A);
            public class OddConverter : JsonConverter<Odd>
            {
                public override Odd Read(ref Utf8JsonReader r, Type t, JsonSerializerOptions o) => null!;
                public override void Write(Utf8JsonWriter w, Odd v, JsonSerializerOptions o) { }
            }
            [JsonConverter(typeof(HueConverter))] public enum Hue { Red }
            public class HueConverter() : JsonStringEnumConverter<Hue>(JsonNamingPolicy.CamelCase);
            """;
        using var run = new TypesRun();
        var source =
            $"using System.Text.Json; using System.Text.Json.Serialization; [ServerToClient] public interface IC {{ ValueTask Said({parameter}); }} {Types}";

        var (code, declarations, complaints) = run.Declare(source);
        var strict = run.Declare(source, "--warnaserror");

        Assert.Equal((0, 1), (code, strict.Code));
        Assert.Contains("unknown", declarations, StringComparison.Ordinal);
        Assert.Equal($"Chat.dll : warning SIO302: the parameter value of IC.Said is unknown in TypeScript: {why}\n", complaints.ReplaceLineEndings("\n"));
        Assert.Contains(": error SIO302", strict.Complaints, StringComparison.Ordinal);
    }

    [Fact]
    public void A_namespace_of_any_name_is_declared()
    {
        using var run = new TypesRun();

        var (code, declarations, _) = run.Declare("[ServerToClient(\"/a*/ b\")] [ServerToClient(\"/a-b\")] [ServerToClient(\"/1\")] public interface IC { "
            + "[EventName(\"it's \\\"me\\\"\")] ValueTask Said(); }");

        Assert.Equal(0, code);
        Assert.Contains("""
            /** What the server says in "/a*\/ b". */
            export interface ABServerToClientEvents {
              "it's \"me\"": () => void;
            }
            """, declarations, StringComparison.Ordinal);
        Assert.Contains("export interface AB2ServerToClientEvents {", declarations, StringComparison.Ordinal);
        Assert.Contains("export interface _1ServerToClientEvents {", declarations, StringComparison.Ordinal);
    }

    [Fact]
    public void Handlers_that_nobody_marked_are_named()
    {
        using var run = new TypesRun();

        var (_, _, complaints) = run.Declare(Contract + " public class Forgotten : SocketHandler { [On(\"x\")] public ValueTask X() => default; }");

        Assert.Contains(
            "warning SIO303: Forgotten has [On] methods that are in no declaration: mark the class with [ClientToServer(\"/name\")].",
            complaints, StringComparison.Ordinal);
    }

    [Fact]
    public void Enums_are_written_as_the_servers_options_say()
    {
        const string Source = "[ServerToClient] public interface IC { ValueTask Said(Hue hue); } public enum Hue { DeepRed, Blue = 4 }";
        using var run = new TypesRun();

        Assert.Contains("export type Hue = 0 | 4;", run.Declare(Source).Declarations, StringComparison.Ordinal);
        Assert.Contains("export type Hue = \"DeepRed\" | \"Blue\";", run.Declare(Source, "--enums", "strings").Declarations, StringComparison.Ordinal);
        Assert.Contains("export type Hue = \"deepRed\" | \"blue\";", run.Declare(Source, "--enums", "camelCase").Declarations, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is no .NET assembly", "page.html")]
    [InlineData("There is no file nowhere.dll: build the project first, then name its assembly.", "nowhere.dll")]
    [InlineData("No assembly is named", "--enums", "numbers")]
    [InlineData("Two assemblies are named, \"a\" and \"b\": name one.", "a", "b")]
    [InlineData("--check compares a file: name it with --out.", "a", "--check")]
    [InlineData("There is no option --chekc", "a", "--chekc")]
    [InlineData("--out needs a value", "a", "--out")]
    [InlineData("--enums is numbers, strings or camelCase, not \"words\".", "a", "--enums", "words")]
    [InlineData("The file nowhere.rsp with more arguments is missing.", "@nowhere.rsp")]
    public void A_wrong_call_says_what_is_wrong(string message, params string[] arguments)
    {
        using var errors = new StringWriter();
        using var run = new TypesRun();
        File.WriteAllText(run.PathOf("page.html"), "<p>");

        var code = CommandLine.Run(
            ["types", .. arguments.Select(argument => argument == "page.html" ? run.PathOf(argument) : argument)], TextWriter.Null, errors);

        Assert.Equal(2, code);
        Assert.StartsWith("dotnet-socketio : error SIO300: ", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_assembly_without_contracts_is_told_how_to_have_one()
    {
        using var run = new TypesRun();

        var (code, _, complaints) = run.Declare("public class Nothing;");

        Assert.Equal(2, code);
        Assert.Contains(
            "Chat has no contract: mark the interface of what the server says with [ServerToClient(\"/name\")]", complaints, StringComparison.Ordinal);
    }
}
