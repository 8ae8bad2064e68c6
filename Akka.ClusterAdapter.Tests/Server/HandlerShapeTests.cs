using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Handlers that compile, and whose results or arguments JSON could not carry.</summary>
public class HandlerShapeTests
{
    /// <summary>Each wrong shape and what the sentence about it must name.</summary>
    public static TheoryData<string, Delegate, string[]> Unawaited => new()
    {
        { "value task in a task", async (Socket socket) => socket.EmitAsync("x", 1), ["returns Task<ValueTask>", "An await is missing"] },
        { "task in a task", () => Task.FromResult(Task.CompletedTask), ["returns Task<Task>", "An await is missing"] },
        { "late value in a value task", () => new ValueTask<Task<int>>(Task.FromResult(1)), ["returns ValueTask<Task<Int32>>", "An await is missing"] },
        { "late value in a task", () => Task.FromResult(new ValueTask<int>(1)), ["returns Task<ValueTask<Int32>>", "An await is missing"] },
    };

    [Theory]
    [MemberData(nameof(Unawaited), DisableDiscoveryEnumeration = true)]
    public Task What_would_be_sent_instead_of_awaited_is_refused(string shape, Delegate handler, string[] parts) => RefusesAsync(shape, handler, parts);

    private static async Task RefusesAsync(string shape, Delegate handler, string[] parts)
    {
        await using var host = await SocketIOTestHost.StartAsync(_ => { });

        var failure = Assert.Throws<InvalidOperationException>(() => host.Server.On("x", handler));

        foreach (var part in parts)
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(shape);
    }
}
