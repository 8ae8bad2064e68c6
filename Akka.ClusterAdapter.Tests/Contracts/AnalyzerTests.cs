using System.Collections.Immutable;
using Akka.ClusterAdapter.Generators.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>Mistakes that compile: each is found, and what looks like it is not.</summary>
public sealed class AnalyzerTests
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
    [
        new HandlerAnalyzer(), new EventNameAnalyzer(), new DroppedResultAnalyzer(), new StaticSocketAnalyzer()
    ];

    [Theory]
    [InlineData(
        "socket.OnAnyOutgoing(async e => await Task.Yield());",
        "SIO201: A handler is async void: an exception in it ends the process, and nobody waits for it; let it return Task or ValueTask")]
    [InlineData(
        "socket.OnError(Late); async void Late(Exception e) => await Task.Yield();",
        "SIO201: Late is async void: an exception in it ends the process, and nobody waits for it; let it return Task or ValueTask")]
    [InlineData(
        "io.NamespaceCreated += async ns => await Task.Yield();",
        "SIO201: A handler is async void: an exception in it ends the process, and nobody waits for it; let it return Task or ValueTask")]
    [InlineData(
        "socket.On(\"disconnect\", () => default(ValueTask));", "SIO202: \"disconnect\" belongs to Socket.IO itself: no client can send it; use OnDisconnect")]
    [InlineData(
        "const string Name = \"connect\"; _ = socket.EmitAsync(Name, 1);",
        "SIO202: \"connect\" belongs to Socket.IO itself: sending it throws an ArgumentException; choose another name")]
    [InlineData("_ = new Event<int>(\"newListener\");", "SIO202: \"newListener\" belongs to Socket.IO itself: no client can send it; choose another name")]
    [InlineData(
        "socket.On(\"a\", () => { socket.On(\"b\", () => default(ValueTask)); return default(ValueTask); });",
        "SIO203: On(\"b\", …) inside the handler of another event adds one more handler with each event: register it beside the other, or pass once: true")]
    [InlineData(
        "socket.EmitAsync(\"a\");",
        "SIO204: Nobody awaits what EmitAsync returns: its exceptions are lost, and what follows may come first; await or return it, or write \"_ = …\"")]
    [InlineData(
        "socket.JoinAsync(\"room\");",
        "SIO204: Nobody awaits what JoinAsync returns: its exceptions are lost, and what follows may come first; await or return it, or write \"_ = …\"")]
    [InlineData(
        "Action later = () => io.To(\"a\").EmitAsync(\"b\"); later();",
        "SIO204: Nobody awaits what EmitAsync returns: its exceptions are lost, and what follows may come first; await or return it, or write \"_ = …\"")]
    [InlineData(
        "socket.As<IC>().Said();",
        "SIO204: Nobody awaits what Said returns: its exceptions are lost, and what follows may come first; await or return it, or write \"_ = …\"")]
    public async Task A_mistake_is_found(string statement, string message) =>
        Assert.Equal(message, await AnalyzeAsync(
            $"static class P {{ static void M(SocketIOServer io, Socket socket) {{ {statement} }} }} interface IC {{ ValueTask Said(); }}"));

    [Theory]
    [InlineData(
        "static class P { static readonly Dictionary<string, Socket> Known = []; }",
        "SIO205: P.Known keeps sockets after they left, and has those of this worker only: keep ids and use io.To(id), or a room, or Namespace.Sockets")]
    [InlineData(
        "static class P { static Socket? Last { get; set; } }",
        "SIO205: P.Last keeps sockets after they left, and has those of this worker only: keep ids and use io.To(id), or a room, or Namespace.Sockets")]
    [InlineData(
        "class H : SocketHandler { [On(\"a\")] public async void A() => await Task.Yield(); }",
        "SIO201: H.A is async void: an exception in it ends the process, and nobody waits for it; let it return Task or ValueTask")]
    [InlineData(
        "class H : SocketHandler { [On(\"disconnect\")] public ValueTask A() => default; }",
        "SIO202: \"disconnect\" belongs to Socket.IO itself: no client can send it; use OnDisconnect")]
    [InlineData(
        "class H : SocketHandler { [On(\"a\")] public ValueTask A() { Socket.On(\"b\", () => default(ValueTask)); return default; } }",
        "SIO203: On(\"b\", …) inside the handler of another event adds one more handler with each event: register it beside the other, or pass once: true")]
    public async Task A_mistake_of_a_class_is_found(string source, string message) => Assert.Equal(message, await AnalyzeAsync(source));

    [Theory]
    [InlineData("io.OnConnection(async s => await s.EmitAsync(\"a\"));")]
    [InlineData("socket.On(\"a\", async () => await Task.Yield()); socket.On(\"error\", () => default(ValueTask)); socket.On(\"connection\", "
        + "() => default(ValueTask));")]
    [InlineData("socket.OnError(e => { }); Action other = async () => await Task.Yield(); other();")]
    [InlineData("io.OnConnection(s => { s.On(\"b\", () => default(ValueTask)); });")]
    [InlineData("socket.On(\"a\", () => { socket.On(\"b\", () => default(ValueTask), once: true); return default(ValueTask); });")]
    [InlineData("socket.On(\"a\", () => { using var b = socket.On(\"b\", () => default(ValueTask)); return default(ValueTask); });")]
    [InlineData("_ = socket.EmitAsync(\"disconnected\"); var text = \"connect\"; System.Console.WriteLine(text);")]
    [InlineData("Func<ValueTask> later = () => io.To(\"a\").EmitAsync(\"b\"); _ = later();")]
    public async Task What_is_right_is_let_alone(string statement) =>
        Assert.Empty(await AnalyzeAsync($"static class P {{ static void M(SocketIOServer io, Socket socket) {{ {statement} }} }}"));

    [Theory]
    [InlineData("static class P { static readonly Func<Socket, string> NameOf = s => s.Id; static readonly Dictionary<string, string> Ids = []; "
        + "static Socket? None => null; static readonly System.Net.Sockets.Socket? Other; }")]
    [InlineData("class P { readonly List<Socket> _sockets = []; public int Count => _sockets.Count; }")]
    public async Task A_class_that_is_right_is_let_alone(string source) => Assert.Empty(await AnalyzeAsync(source));

    private static async Task<string> AnalyzeAsync(string source)
    {
        var (compiled, complaints) = GeneratorRun.Run(GeneratorRun.Compile(source));
        Assert.Empty(GeneratorRun.Messages(complaints.Where(complaint => complaint is { DefaultSeverity: DiagnosticSeverity.Error })));
        var found = await compiled.WithAnalyzers(Analyzers).GetAnalyzerDiagnosticsAsync();
        return GeneratorRun.Messages(found.OrderBy(one => one.Location.SourceSpan.Start));
    }
}
