using Akka.ClusterAdapter.Operators.Contracts;
using Akka.ClusterAdapter.Generators;
using Akka.ClusterAdapter.Protocol;
using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>What the generator makes of interfaces, and what it refuses.</summary>
public sealed class ContractGeneratorTests
{
    private const string Use = "static class Use { static object O(SocketIOServer io) => io.Of<IC>(\"/c\"); } ";

    [Fact]
    public void An_interface_needs_no_mark_where_it_is_used()
    {
        var (_, complaints) = GeneratorRun.Run(GeneratorRun.Compile("""
            namespace Shop;
            internal interface IOrders
            {
                ValueTask Sold(string id, int left, params int[] rest);
                Task<int?> Count(string @class, decimal price = 1.5m, DayOfWeek day = DayOfWeek.Friday, CancellationToken ct = default);
            }
            internal static class Use
            {
                public static async Task RunAsync(SocketIOServer io, Socket socket)
                {
                    await io.Of<IOrders>("/orders").To("a").Sold("1", 2, 3, 4);
                    IReadOnlyList<int?> all = await io.Of<IOrders>("/orders").Timeout(TimeSpan.FromSeconds(1)).Count("x");
                    int? one = await socket.As<IOrders>().Count("x", day: DayOfWeek.Monday);
                    ClusterReply<SocketAnswer<int?>> each = await socket.As<IOrders>().Broadcast.PerSocket.Count("x", 2m);
                }
            }
            """));

        Assert.Empty(GeneratorRun.Messages(complaints));
    }

    [Fact]
    public void A_contract_of_an_assembly_without_this_library_is_compiled_where_it_is_used()
    {
        var contracts = GeneratorRun.Reference(
            GeneratorRun.Compile("namespace Shared; public interface IC { System.Threading.Tasks.ValueTask Said(string text); }", "Shared"));

        var (compiled, complaints) = GeneratorRun.Run(
            GeneratorRun.Compile("static class U { static ValueTask A(BroadcastOperator<Shared.IC> c) => c.Said(\"x\"); }", "Server", contracts));

        Assert.Empty(GeneratorRun.Messages(complaints));
        Assert.Equal(Accessibility.Internal, compiled.GetTypeByMetadataName("SocketContract_Shared__IC")!.DeclaredAccessibility);
    }

    [Fact]
    public void A_marked_contract_is_compiled_once_for_all_assemblies()
    {
        var (contracts, _) = GeneratorRun.Run(
            GeneratorRun.Compile("namespace Shared; [ServerToClient] public interface IC { ValueTask Said(string text); }", "Shared"));

        var (compiled, complaints) = GeneratorRun.Run(
            GeneratorRun.Compile(
                "static class U { static ValueTask A(BroadcastOperator<Shared.IC> c) => c.Said(\"x\"); }", "Server", GeneratorRun.Reference(contracts)));

        Assert.Empty(GeneratorRun.Messages(complaints));
        Assert.Null(compiled.Assembly.GetTypeByMetadataName("SocketContract_Shared__IC"));
    }

    [Fact]
    public void A_mistake_in_another_assembly_is_shown_where_the_contract_is_used()
    {
        var contracts = GeneratorRun.Reference(GeneratorRun.Compile("namespace Shared; public interface IC { void Said(string text); }", "Shared"));

        var (_, complaints) = GeneratorRun.Run(
            GeneratorRun.Compile("static class U { static object A(SocketIOServer io) => io.Of<Shared.IC>(\"c\"); }", "Server", contracts));

        var complaint = Assert.Single(complaints);
        Assert.Equal(("SIO107", "Program.cs"), (complaint.Id, complaint.Location.GetLineSpan().Path));
    }

    [Theory]
    [InlineData("class IC { }", "SIO101: IC is no interface: a contract is an interface whose methods are the events, "
        + "such as \"interface IChatClient { ValueTask Said(string text); }\"")]
    [InlineData("interface IC { int Count { get; } }", "SIO104: IC.Count is a property; a contract has methods only: make it a method, one for each event")]
    [InlineData("interface IC { event Action Said; }", "SIO104: IC.Said is an event of C#; a contract has methods only: make it a method, one for each event")]
    [InlineData(
        "interface IC { ValueTask Said<T>(T text); }",
        "SIO105: IC.Said is generic; the wire has no type arguments: declare the type that is sent, or JsonElement for any")]
    [InlineData(
        "interface IC { ValueTask Said(in int n); }",
        "SIO106: The parameter n of IC.Said is passed by reference; nothing comes back that way: take ref, out or in away, and return what the client answers")]
    [InlineData(
        "interface IC { ValueTask Said(out int n); }",
        "SIO106: The parameter n of IC.Said is passed by reference; nothing comes back that way: take ref, out or in away, and return what the client answers")]
    [InlineData(
        "interface IC { void Said(string text); }", "SIO107: IC.Said returns void: return ValueTask for an event, or ValueTask<T> when the client answers")]
    [InlineData(
        "interface IC { int Said(string text); }", "SIO107: IC.Said returns int: return ValueTask for an event, or ValueTask<T> when the client answers")]
    [InlineData(
        "interface IC { ValueTask Said(string a); ValueTask Said(int a); }",
        "SIO108: IC.Said and IC.Said would both be the event \"said\": rename one, or mark it with [EventName(\"…\")]")]
    [InlineData(
        "interface IC { ValueTask Said(string a); [EventName(\"said\")] ValueTask Told(int a); }",
        "SIO108: IC.Said and IC.Told would both be the event \"said\": rename one, or mark it with [EventName(\"…\")]")]
    [InlineData(
        "interface IC { ValueTask Disconnect(); }",
        "SIO109: IC.Disconnect would be the event \"disconnect\", which belongs to Socket.IO itself: rename it, or mark it with [EventName(\"…\")]")]
    [InlineData(
        "interface IC { [EventName(\"\")] ValueTask Said(); }",
        "SIO109: IC.Said would be the event \"\", which is no name: rename it, or mark it with [EventName(\"…\")]")]
    [InlineData(
        "interface IC { ValueTask Except(string room); }",
        "SIO110: IC.Except would be hidden by the operators' own Except: rename it, and keep the wire's name with [EventName(\"except\")]")]
    [InlineData(
        "interface IC { ValueTask Untyped(); }",
        "SIO110: IC.Untyped would be hidden by the operators' own Untyped: rename it, and keep the wire's name with [EventName(\"untyped\")]")]
    [InlineData(
        "interface IC { ValueTask Said() => default; }",
        "SIO111: IC.Said has a body, which would never run: the event is sent instead; take the body away, or make it an extension method")]
    [InlineData(
        "interface IC { ValueTask Said(CancellationToken ct, string text); }",
        "SIO112: IC.Said has a CancellationToken, ct, in front of other parameters: give it one CancellationToken, as its last parameter")]
    [InlineData("interface IC { ValueTask Said(Action<int> done); }", "SIO113: The parameter done of IC.Said is Action<int>, "
        + "which System.Text.Json cannot send: a client cannot be handed a function; return what it answers")]
    [InlineData(
        "interface IC { ValueTask Said((int A, int B)[] points); }",
        "SIO113: The parameter points of IC.Said is (int A, int B), which System.Text.Json cannot send: use a record with names")]
    [InlineData(
        "interface IC { ValueTask Said(ReadOnlySpan<byte> b); }",
        "SIO113: The parameter b of IC.Said is ReadOnlySpan<byte>, which System.Text.Json cannot send: use an array, or ReadOnlyMemory<byte> for binary")]
    [InlineData(
        "interface IC { ValueTask Said(List<FileStream> b); }",
        "SIO113: The parameter b of IC.Said is FileStream, which System.Text.Json cannot send: send the data itself, byte[] for binary")]
    [InlineData(
        "interface IC { ValueTask Said(Socket who); }",
        "SIO113: The parameter who of IC.Said is Socket, which System.Text.Json cannot send: send what of it the other side needs, such as its Id")]
    [InlineData(
        "interface IC { ValueTask<IAsyncEnumerable<int>> Said(); }",
        "SIO113: The result of IC.Said is IAsyncEnumerable<int>, which System.Text.Json cannot send: send a list, or an event for each element")]
    public void What_cannot_work_is_an_error_with_name_and_remedy(string contract, string message)
    {
        var (_, complaints) = GeneratorRun.Run(GeneratorRun.Compile(Use + contract));

        Assert.Equal(message, GeneratorRun.Messages(complaints.Where(complaint => complaint.Id.StartsWith("SIO", StringComparison.Ordinal))));
        Assert.Equal("Program.cs", complaints[0].Location.GetLineSpan().Path);
    }

    [Theory]
    [InlineData(
        "static class U { interface IC { ValueTask A(); } static object O(SocketIOServer io) => io.Of<IC>(\"/c\"); }",
        "SIO102: IC is hidden inside another type: make it public or internal, so that generated code can use it")]
    [InlineData("[ServerToClient] interface IC<T> { ValueTask A(T t); }", "SIO103: IC<T> is generic, which TypeScript declarations cannot name: "
        + "derive an interface from it, such as \"interface IOrders : IC<T>\", and use that one")]
    [InlineData("[ClientToServer] class C { }", "SIO114: C is marked [ClientToServer] and is neither an interface nor a SocketHandler: "
        + "derive it from SocketHandler, or mark the interface that it implements")]
    [InlineData(
        "[ClientToServer] interface IS { void Connect(); }",
        "SIO109: IS.Connect would be the event \"connect\", which belongs to Socket.IO itself: rename it, or mark it with [EventName(\"…\")]")]
    [InlineData(
        "[ClientToServer] interface IS { int Length { get; } }",
        "SIO104: IS.Length is a property; a contract has methods only: make it a method, one for each event")]
    [InlineData(
        "[ClientToServer] interface IS { Func<int> Ask(); }",
        "SIO113: The result of IS.Ask is Func<int>, which System.Text.Json cannot send: a client cannot be handed a function; return what it answers")]
    public void What_cannot_be_a_contract_is_an_error(string source, string message)
    {
        var (_, complaints) = GeneratorRun.Run(GeneratorRun.Compile(source));

        Assert.Equal(message, GeneratorRun.Messages(complaints));
    }

    [Theory]
    [InlineData("[ClientToServer(\"/x\")] interface IS { void Say(string text); int Add(int a, int b); Task Wait(); ValueTask<string> Ask(string? q = null, "
        + "CancellationToken ct = default); }")]
    [InlineData("[ClientToServer] class H : SocketHandler { [On(\"x\")] public Task X() => Task.CompletedTask; }")]
    [InlineData("interface IBase<T> { ValueTask Sold(T what); } interface IC : IBase<int> { static int Helper => 1; private int Hidden() => 2; } "
        + "static class U { static ValueTask O(SocketIOServer io) => io.Of<IC>(\"/c\").Sold(1); }")]
    [InlineData("interface IC { ValueTask Said(string cancellationToken, int async, int? @event = null); } "
        + "static class U { static ValueTask O(SocketIOServer io) => io.Of<IC>(\"/c\").Said(\"a\", 1, 2, CancellationToken.None); }")]
    [InlineData("[ClientToServer] interface IS : IDisposable, IEnumerable<int> { void Say(); }")]
    [InlineData("namespace A_ { interface _Ic { ValueTask Said(); } } namespace A { interface __Ic { ValueTask Said(); } interface __IC { ValueTask Said(); } "
        + "} static class U { static object O(SocketIOServer io) => new object[] { io.Of<A_._Ic>(\"/c\").Said(), io.Of<A.__Ic>(\"/c\").Said(), "
        + "io.Of<A.__IC>(\"/c\").Said() }; }")]
    [InlineData("static class U { static object O<TClient>(SocketIOServer io) where TClient : class => io.Of<TClient>(\"/c\"); }")]
    public void What_can_be_a_contract_is_none(string source)
    {
        var (_, complaints) = GeneratorRun.Run(GeneratorRun.Compile(source));

        Assert.Empty(GeneratorRun.Messages(complaints));
    }

    [Fact]
    public void Nothing_is_written_again_when_nothing_of_the_contract_changed()
    {
        var program = GeneratorRun.Compile(Use + "interface IC { ValueTask Said(string text); }");
        var driver = GeneratorRun.Driver().RunGenerators(program);

        driver = driver.RunGenerators(program.AddSyntaxTrees(GeneratorRun.Parse("class Other { }", "Other.cs")));

        var outputs = driver.GetRunResult().Results.Single().TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs);
        Assert.All(outputs, output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Theory]
    [InlineData("Said", "said")]
    [InlineData("SaidAsync", "said")]
    [InlineData("Async", "async")]
    [InlineData("said", "said")]
    [InlineData("URLChanged", "urlChanged")]
    [InlineData("URL", "url")]
    [InlineData("X", "x")]
    [InlineData("IPhone", "iPhone")]
    [InlineData("Said2You", "said2You")]
    [InlineData("_Said", "_Said")]
    [InlineData("Ünter", "ünter")]
    [InlineData("HowManyAsync", "howMany")]
    [InlineData("ABc", "aBc")]
    public void The_generator_the_library_and_the_tool_have_one_rule_for_names(string method, string eventName)
    {
        Assert.Equal(eventName, WireNames.Of(method));
        Assert.Equal(eventName, EventNames.Of(method));
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    [InlineData("error")]
    [InlineData("connection")]
    public void The_generator_and_the_library_reserve_the_same_names(string name) =>
        Assert.Equal(ReservedEventNames.Contains(name), WireNames.IsReserved(name));
}
