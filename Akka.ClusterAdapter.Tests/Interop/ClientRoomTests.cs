namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Who gets what, over two workers.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ClientRoomTests(TwoWorkers workers)
{
    [Fact]
    public Task Rooms_select_members_of_both_workers_once_each() => workers.PassesAsync("rooms_select");

    [Fact]
    public Task A_room_that_was_left_is_silent() => workers.PassesAsync("leaving_a_room_ends_its_events");

    [Fact]
    public Task Except_leaves_out_members_of_both_workers() => workers.PassesAsync("except_leaves_out");

    [Fact]
    public Task A_socket_broadcasts_to_everybody_but_itself() => workers.PassesAsync("broadcast_reaches_everybody_but_the_sender");

    [Fact]
    public Task Local_events_stay_on_their_worker() => workers.PassesAsync("local_stays_on_the_worker");

    [Fact]
    public Task Sockets_of_both_workers_are_made_to_join_and_leave() => workers.PassesAsync("sockets_are_made_to_join_and_leave");

    [Fact]
    public Task Fetching_describes_sockets_of_both_workers() => workers.PassesAsync("fetch_describes_sockets_of_every_worker");

    [Fact]
    public Task Server_side_events_reach_the_other_worker_and_are_answered() => workers.PassesAsync("server_side_events_reach_the_other_worker");

    [Fact]
    public Task Both_workers_count_two() => workers.PassesAsync("every_worker_counts_all");

    [Fact]
    public Task A_worker_that_cannot_be_reached_is_named() => workers.PassesAsync("a_worker_that_cannot_be_reached_is_named");
}
