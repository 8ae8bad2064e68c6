namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>What is kept in order, and seen at once.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ClientOrderTests(TwoWorkers workers)
{
    [Fact]
    public Task A_join_is_known_to_a_broadcast_that_follows_from_the_other_worker() =>
        workers.PassesAsync("join_is_known_to_a_broadcast_from_the_other_worker");

    [Fact]
    public Task Two_thousand_packets_keep_their_order_over_WebSocket() => workers.PassesAsync("packets_keep_their_order_over_websocket");

    [Fact]
    public Task Two_thousand_packets_keep_their_order_over_polling() => workers.PassesAsync("packets_keep_their_order_over_polling");

    [Fact]
    public Task Packets_keep_their_order_while_the_transport_changes() => workers.PassesAsync("packets_keep_their_order_while_the_transport_changes");

    [Fact]
    public Task Operations_of_a_worker_keep_the_order_of_its_calls() => workers.PassesAsync("workers_emit_in_the_order_of_the_calls");
}
