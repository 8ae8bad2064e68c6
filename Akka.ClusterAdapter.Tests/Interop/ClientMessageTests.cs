namespace Akka.ClusterAdapter.Tests.Interop;

/// <summary>Texts and bytes of the official client.</summary>
[Collection(TwoWorkers.Name)]
public sealed class ClientMessageTests(TwoWorkers workers)
{
    [Fact]
    public Task Texts_and_other_values_arrive_unchanged_on_the_other_worker() => workers.PassesAsync("text");

    [Fact]
    public Task Binary_values_come_back_unchanged_in_acknowledgements() => workers.PassesAsync("binary_in_acknowledgements");

    [Fact]
    public Task Nested_binary_values_arrive_unchanged_on_the_other_worker() => workers.PassesAsync("binary_across_workers");

    [Fact]
    public Task Binary_values_emitted_by_the_server_reach_every_worker_and_transport() => workers.PassesAsync("binary_from_the_server");

    [Fact]
    public Task Polling_clients_exchange_text_and_binary_values() => workers.PassesAsync("text_and_binary_over_polling");
}
