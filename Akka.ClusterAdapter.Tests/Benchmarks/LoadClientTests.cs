using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Benchmarks;

/// <summary>The figures of the benchmarks count only while nothing is lost, doubled, damaged or reordered: both load clients must see it.</summary>
public sealed class LoadClientTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(Fault.None, 0, 0, 0, 0)]
    [InlineData(Fault.Lost, 1, 0, 0, 0)]
    [InlineData(Fault.Doubled, 0, 1, 0, 0)]
    [InlineData(Fault.Overtaken, 0, 0, 1, 0)]
    [InlineData(Fault.Damaged, 1, 0, 0, 1)]
    public async Task The_fast_client_tells_what_happened_to_a_message(Fault fault, int lost, int doubled, int reordered, int wrong)
    {
        await using var server = await FaultyServer.StartAsync(fault);

        var result = await RunAsync("dotnet", FastClient, server.Url, payload: 300);

        AssertFound(result, lost, doubled, reordered, wrong);
    }

    [Theory]
    [InlineData(Fault.None, 0, 0)]
    [InlineData(Fault.Damaged, 1, 1)]
    public async Task The_fast_client_checks_every_byte_of_a_message_that_comes_in_pieces(Fault fault, int lost, int wrong)
    {
        await using var server = await FaultyServer.StartAsync(fault);

        var result = await RunAsync("dotnet", FastClient, server.Url, payload: 60_000);

        AssertFound(result, lost, doubled: 0, reordered: 0, wrong);
    }

    [Theory]
    [InlineData(Fault.None, 0, 0, 0)]
    [InlineData(Fault.Lost, 1, 0, 0)]
    [InlineData(Fault.Doubled, 0, 1, 0)]
    [InlineData(Fault.Overtaken, 0, 0, 1)]
    public async Task The_client_in_Node_tells_what_happened_to_a_message(Fault fault, int lost, int doubled, int reordered)
    {
        await using var server = await FaultyServer.StartAsync(fault);

        var result = await RunAsync("node", Path.Combine(SourceTree.Root, "benchmarks", "loadgen.js"), server.Url, payload: 300);

        AssertFound(result, lost, doubled, reordered, wrong: 0);
    }

    private static string FastClient
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.FullName, "LoadClient", here.Name, "LoadClient.dll");
        }
    }

    private static void AssertFound(JsonNode result, int lost, int doubled, int reordered, int wrong)
    {
        Assert.True((int)result["broadcasts"]! > 10, "the faulty message was not sent");
        Assert.Equal((lost, doubled, reordered, wrong), ((int)result["lost"]!, (int)result["dup"]!, (int)result["reordered"]!, (int)result["wrong_values"]!));
    }

    private static async Task<JsonNode> RunAsync(string program, string client, string url, int payload)
    {
        string[] arguments =
        [
            client, "fanout", "--url", url, "--clients", "3", "--payload", $"{payload}", "--rate", "50", "--warmup", "0", "--duration", "1", "--settle", "0"
        ];
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Deadline);
        }
        finally
        {
            process.Kill();
        }

        try
        {
            return JsonNode.Parse(await output)!;
        }
        catch (JsonException)
        {
            throw new Xunit.Sdk.XunitException($"The load client said '{await output}' and '{await errors}'.");
        }
    }
}
