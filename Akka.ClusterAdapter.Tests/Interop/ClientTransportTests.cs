namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Transports of the official client.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ClientTransportTests(TwoWorkers workers)
{
    [Fact]
    public Task Polling_only_clients_are_served() => workers.PassesAsync("polling_only_clients_are_served");

    [Fact]
    public Task Polling_is_upgraded_to_WebSocket() => workers.PassesAsync("polling_is_upgraded_to_websocket");

    [Fact]
    public Task WebSocket_can_be_the_first_transport() => workers.PassesAsync("websocket_can_be_the_first_transport");

    [Fact]
    public Task Volatile_events_reach_clients_that_are_ready() => workers.PassesAsync("volatile_reaches_clients_that_are_ready");

    [Fact]
    public Task A_volatile_event_is_dropped_for_a_client_that_does_not_poll() => workers.PassesAsync("volatile_is_dropped_for_a_client_that_does_not_poll");
}
