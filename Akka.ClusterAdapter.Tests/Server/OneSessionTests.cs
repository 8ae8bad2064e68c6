using System.Collections.Concurrent;
using System.Text.Json;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Twenty clients show the secret of one session at the same moment: one has it in the end.</summary>
public class OneSessionTests
{
    private const int Clients = 20;

    /// <summary>
    /// The test lets each step happen: all are held behind their claim. Whoever has the session is closed by the others, who wait for its end; each of them
    /// gets it, or begins anew. The clock stands still, so that no wait ends by itself.
    /// </summary>
    [Fact]
    public async Task At_each_step_one_has_it_at_most_and_one_in_the_end()
    {
        var time = new FakeTimeProvider();
        var held = new ConcurrentQueue<(Socket Socket, TaskCompletionSource Go)>();
        await using var host = await StartAsync(skipMiddlewares: false, time, io => io.Use(async (socket, next) =>
        {
            if (socket.Handshake.Auth.TryGetProperty("pid", out _))
            {
                var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                held.Enqueue((socket, go));
                await go.Task;
            }

            await next();
        }));
        var (sid, connect) = await LoseAsync(host);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => host.OpenAsync()));
        await Task.WhenAll(clients.Select(client => client.SendAsync(connect)));

        // The first that has it holds all others up; when it has gone, one more has it and the rest begin anew.
        await Eventually.TrueAsync(() => held.Any(it => it.Socket.Recovered), "one has the session");
        var fresh = 0;
        var rounds = 0;
        while (held.TryDequeue(out var step))
        {
            var others = held.Count(it => it.Socket.Recovered && it.Socket != step.Socket);
            Assert.True(others == 0 || !step.Socket.Recovered, "two have it");
            rounds++;
            fresh += step.Socket.Recovered ? 0 : 1;
            step.Go.SetResult();
            await Eventually.TrueAsync(
                () => !held.IsEmpty || host.Server.Engine.SessionCount == host.Server.Of("/").Sockets.Count, "the next one is held, or that was all");
        }

        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == host.Server.Of("/").Sockets.Count, "whoever gave way is gone");
        Assert.Equal(Clients, rounds);
        Assert.Equal(fresh + 1, host.Server.Of("/").Sockets.Count);
        await OneHearsAsync(host, clients, sid, fresh + 1);
        var stopped = host.StopAsync();
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return stopped.IsCompleted;
            },
            "it stops when time goes on");
    }

    [Fact]
    public async Task Without_middlewares_one_has_it_in_the_end()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var host = await StartAsync(skipMiddlewares: true, TimeProvider.System, _ => { });
            var (sid, connect) = await LoseAsync(host);
            var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => host.OpenAsync()));

            await Task.WhenAll(clients.Select(client => client.SendAsync(connect)));

            await Eventually.TrueAsync(
                () => host.Server.Counters.Where(counter => counter.Key.StartsWith("recoveries.", StringComparison.Ordinal))
                    .Sum(counter => counter.Value) == Clients,
                () => $"all were decided about: {string.Join(", ", host.Server.Counters)}");
            await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == host.Server.Of("/").Sockets.Count, "whoever gave way is gone");
            await OneHearsAsync(host, clients, sid, host.Server.Of("/").Sockets.Count);
        }
    }

    private static Task<SocketIOTestHost> StartAsync(bool skipMiddlewares, TimeProvider time, Action<SocketIOServer> configure) => SocketIOTestHost.StartAsync(
        configure,
        options => (options.ConnectionStateRecovery, options.PingInterval) =
            (new SessionStoreOptions { SkipMiddlewares = skipMiddlewares }, TimeSpan.FromHours(20)),
        services => services.AddSingleton(time));

    /// <summary>A client that lost its connection: its id, and what it sends to come back.</summary>
    private static async Task<(string Sid, string Connect)> LoseAsync(SocketIOTestHost host)
    {
        await using var client = await host.OpenAsync();
        await client.SendAsync("40");
        var connected = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement;
        await host.Server.EmitAsync("x");
        var offset = JsonDocument.Parse((await client.ReceiveAsync())[2..]).RootElement[1].GetString();
        await client.CloseAsync();
        await Eventually.TrueAsync(() => host.Server.Engine.SessionCount == 0, "the connection is lost");
        return (connected.GetProperty("sid").GetString()!, $"40{{\"pid\":\"{connected.GetProperty("pid").GetString()}\",\"offset\":\"{offset}\"}}");
    }

    /// <summary>Of those that are there, one is in the session's own room.</summary>
    private static async Task OneHearsAsync(SocketIOTestHost host, WireClient[] clients, string sid, int alive)
    {
        await host.Server.To(sid).EmitAsync("mine");
        await host.Server.EmitAsync("end");
        var heard = await Task.WhenAll(clients.Select(HeardAsync));

        Assert.Equal(alive, heard.Count(frames => frames[^1].StartsWith("42[\"end\"", StringComparison.Ordinal)));
        Assert.Equal(Clients - alive, heard.Count(frames => frames[^1] == "closed"));
        Assert.Equal(1, heard.Sum(frames => frames.Count(frame => frame.StartsWith("42[\"mine\"", StringComparison.Ordinal))));
        Assert.Equal(
            1, heard.Count(frames => frames[^1] != "closed" && frames.Any(frame => frame.StartsWith($"40{{\"sid\":\"{sid}\"", StringComparison.Ordinal))));
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static async Task<List<string>> HeardAsync(WireClient client)
    {
        var frames = new List<string>();
        while (frames.Count == 0 || (frames[^1] != "closed" && !frames[^1].StartsWith("42[\"end\"", StringComparison.Ordinal)))
            frames.Add(await client.ReceiveAsync());
        return frames;
    }
}
