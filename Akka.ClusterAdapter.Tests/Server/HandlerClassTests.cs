using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

public class HandlerClassTests
{
    [Fact]
    public async Task Methods_handle_events_in_a_scope_of_their_own()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.Of("/chat").MapHandler<ChatHandler>(), services: s => s.AddScoped<Scoped>());
        await using var client = await host.ConnectAsync("/chat");

        await client.ExpectAsync("42/chat,[\"welcome\"]");
        await client.SendAsync("42/chat,1[\"sum\",[1,2]]");
        await client.ExpectAsync("43/chat,1[3]");
        await client.SendAsync("42/chat,2[\"scope\"]");
        var first = await client.ReceiveAsync();
        await client.SendAsync("42/chat,2[\"scope\"]");

        Assert.NotEqual(first, await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_method_that_cannot_be_awaited_is_refused_at_the_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(io => io.MapHandler<WrongHandler>()));

        Assert.StartsWith("WrongHandler.NowAsync, the handler of \"now\", is async void", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_marked_method_that_nobody_could_call_is_refused_at_the_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(io => io.MapHandler<HiddenHandler>()));

        Assert.Contains("HiddenHandler.SecretAsync", failure.Message, StringComparison.Ordinal);
        Assert.Contains("must be public", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_handles_namespaces_of_a_pattern()
    {
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.Of(new Regex("^/tenant-")).MapHandler<ChatHandler>(), services: s => s.AddScoped<Scoped>());
        await using var client = await host.ConnectAsync("/tenant-1");

        await client.ExpectAsync("42/tenant-1,[\"welcome\"]");
        await client.SendAsync("42/tenant-1,1[\"sum\",[1,2]]");

        await client.ExpectAsync("43/tenant-1,1[3]");
    }

    [Fact]
    public async Task Two_methods_for_one_event_are_refused_at_the_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(io => io.MapHandler<DoubleHandler>()));

        Assert.StartsWith("DoubleHandler.First and DoubleHandler.Second would all handle \"same\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_for_the_event_that_another_one_handles_by_contract_is_refused_at_the_start()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(io => io.MapHandler<ContractAndMark>()));

        Assert.StartsWith("ContractAndMark.Other and ContractAndMark.Sum would all handle \"sum\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_that_handles_a_namespace_already_is_refused()
    {
        await using var host = await SocketIOTestHost.StartAsync(io =>
        {
            io.MapHandler<ChatHandler>();
            io.Of("/chat").MapHandler<ChatHandler>();
        }, services: s => s.AddScoped<Scoped>());
        var tenants = host.Server.Of(new Regex("^/tenant-")).MapHandler<ChatHandler>();

        Refuses("ChatHandler handles the namespace / already", () => host.Server.MapHandler<ChatHandler>());
        Refuses("ChatHandler handles the namespace /chat already", () => host.Server.Of("/chat").MapHandler<ChatHandler>());
        Refuses("ChatHandler handles the namespaces of the pattern ^/tenant- already", () => tenants.MapHandler<ChatHandler>());
        await using var client = await host.ConnectAsync("/chat");
        await client.ExpectAsync("42/chat,[\"welcome\"]");
        await client.SendAsync("42/chat,1[\"sum\",[1,2]]");
        await client.ExpectAsync("43/chat,1[3]");
    }

    [Fact]
    public async Task Declared_events_type_sender_and_handler()
    {
        var said = new Event<string>("said");
        var asked = new Event<int, int>("asked");
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On(said, text => socket.EmitAsync(said, text + "!"));
            socket.On(asked, async n => n * 2);
            socket.On(said, text => Task.FromResult(text), once: true);
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("42[\"said\",\"hi\"]");
        await client.SendAsync("421[\"asked\",21]");

        await client.ExpectAsync("42[\"said\",\"hi!\"]", "431[42]");
    }

    private static void Refuses(string part, Action register) =>
        Assert.StartsWith(part, Assert.Throws<InvalidOperationException>(register).Message, StringComparison.Ordinal);

    [ClientToServer]
    public interface ISums
    {
        int Sum(int a, int b);
    }

    public sealed class Scoped
    {
        public Guid Id { get; } = Guid.NewGuid();
    }

    public sealed class ChatHandler(Scoped scoped) : SocketHandler
    {
        public override ValueTask OnConnectedAsync() => Socket.EmitAsync("welcome");

        [On("sum")]
        public ValueTask<int> SumAsync(int[] numbers) => new(Socket.Connected ? numbers.Sum() : 0);

        [On("scope")]
        public Task<Guid> ScopeAsync() => Task.FromResult(scoped.Id);
    }

    public sealed class DoubleHandler : SocketHandler
    {
        [On("same")]
        public ValueTask First() => Socket.EmitAsync("first");

        [On("same")]
        public ValueTask Second(string text) => Socket.EmitAsync("second", text);
    }

    public sealed class ContractAndMark : SocketHandler, ISums
    {
        public int Sum(int a, int b) => Socket.Connected ? a + b : 0;

        [On("sum")]
        public int Other(int a) => Socket.Connected ? a : 0;
    }

    public sealed class HiddenHandler : SocketHandler
    {
        [On("secret")]
        internal ValueTask SecretAsync() => Socket.EmitAsync("never");
    }

    public sealed class WrongHandler : SocketHandler
    {
        [On("now")]
        public async void NowAsync() => await Socket.EmitAsync("now");
    }
}
