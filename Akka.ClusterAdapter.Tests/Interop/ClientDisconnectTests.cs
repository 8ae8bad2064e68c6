namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Reasons at both ends.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ClientDisconnectTests(TwoWorkers workers)
{
    [Fact]
    public Task A_client_disconnects() => workers.PassesAsync("client_disconnects");

    [Fact]
    public Task The_server_disconnects_a_client_of_the_other_worker_from_the_namespace() => workers.PassesAsync("server_disconnects_the_namespace");

    [Fact]
    public Task The_server_closes_the_connection_of_a_client_of_the_other_worker() => workers.PassesAsync("server_closes_the_connection");

    [Fact]
    public Task A_closed_connection_is_a_transport_close() => workers.PassesAsync("connection_ends");

    [Fact]
    public Task A_broken_connection_is_noticed_at_both_ends() => workers.PassesAsync("connection_breaks");

    [Fact]
    public Task A_client_that_leaves_is_in_no_room_any_more() => workers.PassesAsync("rooms_are_left_on_disconnect");
}
