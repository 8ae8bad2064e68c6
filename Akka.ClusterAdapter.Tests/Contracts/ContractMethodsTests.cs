using System.ComponentModel.DataAnnotations;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Server.Contracts;
using Microsoft.AspNetCore.Authorization;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>Which events a handler class handles because its contract says so.</summary>
public sealed class ContractMethodsTests
{
    [Fact]
    public void Every_method_of_the_contract_is_an_event_however_it_is_implemented()
    {
        var methods = ContractMethods.Of(typeof(Handler));

        Assert.Equal(["base", "say", "sum", "tell-me", "usual"], methods.Select(method => method.EventName).Order(StringComparer.Ordinal));
        Assert.Equal(typeof(Handler), methods.Single(method => method.EventName == "say").Method.DeclaringType);
        Assert.Equal(typeof(Handler), methods.Single(method => method.EventName == "tell-me").Method.DeclaringType);
        Assert.Equal(typeof(ISays), methods.Single(method => method.EventName == "usual").Method.DeclaringType);
    }

    [Fact]
    public void A_method_that_is_marked_with_the_same_name_is_registered_once() =>
        Assert.Empty(ContractMethods.Of(typeof(Marked)));

    [Theory]
    [InlineData(typeof(MarkedOtherwise), "MarkedOtherwise.Do is the event \"do\" of its contract and marked [On(\"make\")]: take the mark away, "
        + "or rename the event in the contract with [EventName(\"…\")].")]
    [InlineData(typeof(Twice), "IDoes.Do and IDoesToo.Do would both be the event \"do\": rename one, or mark it with [EventName(\"…\")].")]
    public void What_cannot_work_is_refused_with_name_and_remedy(Type handler, string message)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => ContractMethods.Of(handler));

        Assert.Equal(message, failure.Message);
    }

    [Theory]
    [InlineData(typeof(Guarded), "[Authorize] on IGuarded.Do would have no effect: attributes are heeded on the handler class. Write it there, on Guarded.Do.")]
    [InlineData(
        typeof(Checked),
        "[Required] on the parameter text of IChecked.Do would have no effect: attributes are heeded on the handler class. Write it there, on Checked.Do.")]
    public void An_attribute_that_nobody_would_heed_is_refused(Type handler, string message)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => ContractMethods.Of(handler));

        Assert.Equal(message, failure.Message);
    }

    [Theory]
    [InlineData(
        "void Connect();", "public void Connect() { }",
        "IC.Connect would be the event \"connect\", which no client can send: rename it, or mark it with [EventName(\"…\")].")]
    [InlineData(
        "int Length { get; }", "public int Length => 1;", "IC.get_Length is no method: a contract has methods that are not generic, one for each event.")]
    [InlineData("void Say<T>(T t);", "public void Say<T>(T t) { }", "IC.Say is generic: a contract has methods that are not generic, one for each event.")]
    public void What_no_compiler_refused_is_refused_at_the_start(string contract, string handler, string message)
    {
        var program = GeneratorRun.Compile(
            $"[ClientToServer] public interface IC {{ {contract} }} public class H : SocketHandler, IC {{ {handler} }}",
            "Refused" + Guid.NewGuid().ToString("N"));
        using var image = new MemoryStream();
        Assert.True(program.Emit(image).Success);

        var failure = Assert.Throws<InvalidOperationException>(() => ContractMethods.Of(System.Reflection.Assembly.Load(image.ToArray()).GetType("H")!));

        Assert.Equal(message, failure.Message);
    }

    private interface IBase
    {
        void Base();
    }

    [ClientToServer("/chat")]
    private interface ISays : IBase, IDisposable
    {
        ValueTask Say(string text);

        ValueTask<int> SumAsync(int a, int b);

        [EventName("tell-me")]
        void Tell();

        void Usual()
        {
        }
    }

    [ClientToServer]
    private interface IDoes
    {
        void Do();
    }

    [ClientToServer]
    private interface IDoesToo
    {
        void Do();
    }

    [ClientToServer]
    private interface IGuarded
    {
        [Authorize]
        void Do();
    }

    [ClientToServer]
    private interface IChecked
    {
        void Do([Required] string text);
    }

    private sealed class Guarded : SocketHandler, IGuarded
    {
        public void Do()
        {
        }
    }

    private sealed class Checked : SocketHandler, IChecked
    {
        public void Do(string text)
        {
        }
    }

    private sealed class Handler : SocketHandler, ISays
    {
        public ValueTask Say(string text) => default;

        public async ValueTask<int> SumAsync(int a, int b) => a + b;

        public void Base()
        {
        }

        public void Dispose()
        {
        }

        void ISays.Tell()
        {
        }
    }

    private sealed class Marked : SocketHandler, IDoes
    {
        [On("do")]
        public void Do()
        {
        }
    }

    private sealed class MarkedOtherwise : SocketHandler, IDoes
    {
        [On("make")]
        public void Do()
        {
        }
    }

    private sealed class Twice : SocketHandler, IDoes, IDoesToo
    {
        public void Do()
        {
        }
    }
}
