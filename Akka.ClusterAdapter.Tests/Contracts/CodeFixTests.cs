using Akka.ClusterAdapter.CodeFixes;
using Akka.ClusterAdapter.Generators.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Assembly = System.Reflection.Assembly;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>What an editor offers for a mistake compiles, and the mistake is gone. Where it would not be so, nothing is offered.</summary>
public sealed class CodeFixTests
{
    [Theory]
    [InlineData("io.On(\"a\", async void (string text) => await Task.Yield());", "io.On(\"a\", async Task (string text) => await Task.Yield());")]
    [InlineData(
        "io.On(\"a\", Late); async void Late(string text) => await Task.Yield();", "io.On(\"a\", Late); async Task Late(string text) => await Task.Yield();")]
    [InlineData(
        "io.On(\"a\", (Socket s, string text) => { s.EmitAsync(\"b\", text); });",
        "io.On(\"a\", async (Socket s, string text) => { await s.EmitAsync(\"b\", text); });")]
    [InlineData("io.OnConnection(s => { s.JoinAsync(\"room\"); });", "io.OnConnection(async s => { await s.JoinAsync(\"room\"); });")]
    [InlineData("io.On(\"a\", static (Socket s) => { s.EmitAsync(\"b\"); });", "io.On(\"a\", static async (Socket s) => { await s.EmitAsync(\"b\"); });")]
    [InlineData(
        "io.On(\"a\", [EventRateLimit(1)] (Socket s) => { s.EmitAsync(\"b\"); return 1; });",
        "io.On(\"a\", [EventRateLimit(1)] async (Socket s) => { await s.EmitAsync(\"b\"); return 1; });")]
    [InlineData(
        "io.On(\"a\", /* who */ (Socket s) =>\n{\n    // what\n    s.EmitAsync(\"b\"); // why\n});",
        "io.On(\"a\", /* who */ async (Socket s) =>\n{\n    // what\n    await s.EmitAsync(\"b\"); // why\n});")]
    public async Task A_statement_is_mended(string statement, string mended) => Assert.Equal(InMethod(mended), await CodeFixRun.FixAsync(InMethod(statement)));

    [Theory]
    [InlineData(
        "class H : SocketHandler { [On(\"a\")] public async void A() => await Task.Yield(); }",
        "class H : SocketHandler { [On(\"a\")] public async Task A() => await Task.Yield(); }")]
    [InlineData(
        "static class P { static void M(SocketIOServer io) => io.On(\"a\", Other.Late); } "
        + "static class Other { /* x */ public static async void Late() => await Task.Yield(); }",
        "static class P { static void M(SocketIOServer io) => io.On(\"a\", Other.Late); } "
        + "static class Other { /* x */ public static async Task Late() => await Task.Yield(); }")]
    [InlineData(
        "class H : SocketHandler { [On(\"a\")] public void A() { Socket.EmitAsync(\"b\"); } }",
        "class H : SocketHandler { [On(\"a\")] public async Task A() { await Socket.EmitAsync(\"b\"); } }")]
    [InlineData(
        "class H : SocketHandler { [On(\"a\")] public void A() => Socket.EmitAsync(\"b\"); }",
        "class H : SocketHandler { [On(\"a\")] public async Task A() => await Socket.EmitAsync(\"b\"); }")]
    public async Task A_class_is_mended(string source, string mended) => Assert.Equal(mended, await CodeFixRun.FixAsync(source));

    [Theory]
    [InlineData("socket.OnAnyOutgoing(async e => await Task.Yield());")]
    [InlineData("socket.OnError(Late); async void Late(Exception e) => await Task.Yield();")]
    [InlineData("io.NamespaceCreated += async ns => await Task.Yield();")]
    [InlineData("socket.EmitAsync(\"a\");")]
    [InlineData("Action later = () => io.To(\"a\").EmitAsync(\"b\"); later();")]
    [InlineData("socket.OnAnyOutgoing(e => { socket.JoinAsync(\"a\"); });")]
    [InlineData("io.On(\"a\", (Socket s) => { s.EmitAsync(\"b\"); return default(ValueTask); });")]
    [InlineData("io.On(\"a\", (Socket s) => { lock (s) { s.EmitAsync(\"b\"); } });")]
    public async Task Where_nothing_simple_is_right_nothing_is_offered(string statement) => Assert.Null(await CodeFixRun.FixAsync(InMethod(statement)));

    [Theory]
    [InlineData("interface IS { void A(); } class H : SocketHandler, IS { public async void A() => await Task.Yield(); }")]
    [InlineData("abstract class B : SocketHandler { public abstract void A(); } class H : B { public override async void A() => await Task.Yield(); }")]
    [InlineData("class H : SocketHandler { [On(\"a\")] public Task A() { Socket.EmitAsync(\"b\"); return Task.CompletedTask; } }")]
    [InlineData("class H { public void A(Socket socket) { socket.EmitAsync(\"b\"); } }")]
    public async Task A_method_that_others_declare_or_call_is_let_alone(string source) => Assert.Null(await CodeFixRun.FixAsync(source));

    [Fact]
    public void A_compiler_loads_the_analyzers_and_never_the_fixes()
    {
        var analyzers = new Loader();
        var fixes = new Loader();

        var known = new AnalyzerFileReference(typeof(HandlerAnalyzer).Assembly.Location, analyzers);
        var unknown = new AnalyzerFileReference(typeof(AsyncVoidFix).Assembly.Location, fixes);

        Assert.Equal((4, 1), (known.GetAnalyzersForAllLanguages().Length, known.GetGeneratorsForAllLanguages().Length));
        Assert.Equal((0, 0), (unknown.GetAnalyzersForAllLanguages().Length, unknown.GetGeneratorsForAllLanguages().Length));
        Assert.NotEmpty(analyzers.Loaded);
        Assert.Empty(fixes.Loaded);
    }

    [Fact]
    public void The_fixes_use_nothing_that_an_editor_does_not_have() => Assert.All(
        typeof(AsyncVoidFix).Assembly.GetReferencedAssemblies(),
        used => Assert.Matches(@"^(netstandard|System\..*|Microsoft\.CodeAnalysis.*)$", used.Name));

    private static string InMethod(string statement) => $"static class P {{ static void M(SocketIOServer io, Socket socket) {{ {statement} }} }}";

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public List<string> Loaded { get; } = [];

        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath)
        {
            Loaded.Add(fullPath);
            return Assembly.LoadFrom(fullPath);
        }
    }
}
