namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Acknowledgements in both directions.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ClientAcknowledgementTests(TwoWorkers workers)
{
    [Fact]
    public Task A_client_gets_its_answers() => workers.PassesAsync("client_is_answered");

    [Fact]
    public Task A_server_gets_a_binary_answer_of_one_client() => workers.PassesAsync("server_is_answered");

    [Fact]
    public Task A_broadcast_gathers_the_answers_of_both_workers() => workers.PassesAsync("broadcast_gathers_answers_of_every_worker");

    [Fact]
    public Task A_silent_client_ends_the_wait_with_the_answers_of_the_others() => workers.PassesAsync("silent_client_ends_in_a_timeout_with_the_other_answers");

    [Fact]
    public Task A_client_that_leaves_is_not_waited_for() => workers.PassesAsync("client_that_leaves_is_not_waited_for");

    [Fact]
    public Task An_empty_room_answers_at_once() => workers.PassesAsync("nobody_is_asked_in_an_empty_room");
}
