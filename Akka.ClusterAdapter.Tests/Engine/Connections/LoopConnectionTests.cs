using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.ClusterAdapter.Diagnostics;
using Akka.ClusterAdapter.Engine.Connections;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Loops;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Akka.ClusterAdapter.Tests.Engine.Connections;

/// <summary>Kestrel's connections as the loop reads them, socket by socket.</summary>
public sealed class LoopConnectionTests
{
    private static readonly TimeSpan Deadline = LoopServer.Deadline;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_in_pieces_goes_back_whole(bool isInline)
    {
        await using var server = await LoopServer.StartAsync(connection =>
        {
            if (isInline)
                LoopServer.Of(connection).BeginInline();
            return LoopServer.EchoAsync(connection);
        });
        using var client = await server.ConnectAsync();
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);

        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync(bytes.AsMemory(i, 1));
            Assert.Equal(bytes[i], (await LoopServer.ReadAsync(client, 1))[0]);
        }

        var sending = client.SendAsync(bytes.AsMemory(100)).AsTask();
        Assert.Equal(bytes[100..], await LoopServer.ReadAsync(client, bytes.Length - 100));
        await sending;
    }

    [Fact]
    public async Task Who_reads_inline_goes_on_on_the_loop_and_the_others_in_the_pool()
    {
        var threads = new ConcurrentQueue<string?>();
        LoopServer? server = null;
        server = await LoopServer.StartAsync(async connection =>
        {
            var (loop, input, since) = (LoopServer.Of(connection), connection.Transport.Input, 0);
            await ReadOneAsync();
            loop.BeginInline();
            // It has come before anybody waits for it, as it may behind a handshake.
            await loop.Turn(ref since);
            await ReadOneAsync();
            await connection.Transport.Output.WriteAsync(new byte[1]);
            // This one is waited for.
            await ReadOneAsync();
            // Who has read much lets the others go first.
            var others = 0;
            server!.Loop.Current().Work!.TryAdd(new Item(() => others++));
            await loop.Turn(ref since);
            threads.Enqueue($"{others} others");
            since = 16 * 1024;
            await loop.Turn(ref since);
            threads.Enqueue($"{others} others, {since}");
            threads.Enqueue(Thread.CurrentThread.Name);
            loop.EndInline();
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await connection.Transport.Output.WriteAsync(new byte[1]);
            await loop.Turn(ref since);
            await ReadOneAsync();

            async Task ReadOneAsync()
            {
                var read = await input.ReadAsync();
                threads.Enqueue(Thread.CurrentThread.Name);
                input.AdvanceTo(read.Buffer.GetPosition(1));
            }
        });
        await using var end = server;
        using var client = await server.ConnectAsync();

        await client.SendAsync(new byte[2]);
        for (var i = 0; i < 2; i++)
        {
            await LoopServer.ReadAsync(client, 1);
            await client.SendAsync(new byte[1]);
        }

        Assert.Equal(0, await client.ReceiveAsync(new byte[1]).WaitAsync(Deadline));
        var names = threads.ToArray();
        Assert.NotEqual(ClientLoop.ThreadName, names[0]);
        Assert.Equal([ClientLoop.ThreadName, ClientLoop.ThreadName, "0 others", "1 others, 0", ClientLoop.ThreadName], names.Skip(1).Take(5));
        Assert.NotEqual(ClientLoop.ThreadName, names[6]);
    }

    [Fact]
    public async Task A_reader_that_is_behind_slows_the_client_down_and_gets_all()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hash = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopServer.StartAsync(
            async connection =>
            {
                LoopServer.Of(connection).BeginInline();
                await go.Task;
                using var all = new MemoryStream();
                await connection.Transport.Input.CopyToAsync(all);
                hash.SetResult(SHA256.HashData(all.ToArray()));
            },
            configure: options => options.MaxReadBufferSize = 64 * 1024);
        using var client = await server.ConnectAsync(buffer: 16 * 1024);
        var bytes = RandomNumberGenerator.GetBytes(16_000_000);

        var sending = client.SendAsync(bytes);
        // Others are served, and the loop sleeps although there is something to read.
        using var other = await server.ConnectAsync();
        Assert.False(sending.IsCompleted);
        go.SetResult();
        await sending.WaitAsync(Deadline);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(SHA256.HashData(bytes), await hash.Task.WaitAsync(Deadline));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_reads_slowly_gets_all_and_the_writer_waits(bool isDirect)
    {
        var bytes = RandomNumberGenerator.GetBytes(4_000_000);
        var waited = 0;
        await using var server = await LoopServer.StartAsync(
            async connection =>
            {
                LoopServer.SocketOf(connection).SendBufferSize = 4096;
                if (isDirect)
                    Assert.True(Assert.IsType<SocketWriter>(connection.Transport.Output).TryBegin());
                for (var i = 0; i < bytes.Length; i += 40_000)
                {
                    var write = connection.Transport.Output.WriteAsync(bytes.AsMemory(i, 40_000));
                    waited += write.IsCompleted ? 0 : 1;
                    await write;
                }
            },
            configure: options => options.MaxWriteBufferSize = 64 * 1024);
        using var client = await server.ConnectAsync(buffer: 4096);

        var read = await LoopServer.ReadToEndAsync(client);

        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(read));
        Assert.NotEqual(0, waited);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_ends_the_connection_also_where_nobody_reads(bool isBehind)
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopServer.StartAsync(
            async connection =>
            {
                begun.SetResult();
                var closed = new TaskCompletionSource();
                connection.ConnectionClosed.Register(closed.SetResult);
                if (isBehind)
                    await closed.Task;
                try
                {
                    while (await connection.Transport.Input.ReadAsync() is { IsCompleted: false } read)
                        connection.Transport.Input.AdvanceTo(read.Buffer.End);
                    ended.SetResult("end");
                }
                catch (Exception e)
                {
                    await closed.Task;
                    ended.SetResult(e.GetType().Name);
                }
            },
            configure: options => options.MaxReadBufferSize = 16 * 1024);
        var client = await server.ConnectAsync();
        await begun.Task.WaitAsync(Deadline);
        client.Blocking = false;
        if (isBehind)
        {
            // More than anybody takes.
            for (var error = SocketError.Success; error == SocketError.Success;)
                client.Send(new byte[100_000], SocketFlags.None, out error);
        }

        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Assert.Equal(nameof(ConnectionResetException), await ended.Task.WaitAsync(Deadline));
    }

    [Fact]
    public async Task What_is_written_after_the_clients_end_arrives()
    {
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await using var server = await LoopServer.StartAsync(async connection =>
        {
            while (!(await connection.Transport.Input.ReadAsync()).IsCompleted)
            {
            }

            await connection.Transport.Output.WriteAsync(bytes);
        });
        using var client = await server.ConnectAsync(buffer: 8192);

        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(await LoopServer.ReadToEndAsync(client)));
    }

    [Fact]
    public async Task An_abort_is_a_reset_for_the_client_and_an_exception_for_who_reads()
    {
        var ended = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopServer.StartAsync(async connection =>
        {
            // Else the reset may come while the client's own call still connects, and end that.
            var first = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(first.Buffer.End);
            var reading = connection.Transport.Input.ReadAsync().AsTask();
            connection.Abort(new ConnectionAbortedException("the test says so"));
            ended.SetResult(await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading));
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(new byte[1]);

        var error = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await client.ReceiveAsync(new byte[1]) > 0)
            {
            }
        }).WaitAsync(Deadline);

        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Assert.Equal("the test says so", (await ended.Task.WaitAsync(Deadline)).Message);
    }

    [Fact]
    public async Task A_thousand_connections_are_served_by_one_thread_and_leave_nothing()
    {
        var open = 0;
        await using var server = await LoopServer.StartAsync(async connection =>
        {
            Interlocked.Increment(ref open);
            LoopServer.Of(connection).BeginInline();
            await LoopServer.EchoAsync(connection);
            Interlocked.Decrement(ref open);
        });
        using (await server.ConnectAsync())
            await Eventually.TrueAsync(() => Volatile.Read(ref open) == 1);
        await Eventually.TrueAsync(() => Volatile.Read(ref open) == 0);

        var clients = new List<Socket>();
        for (var i = 0; i < 1_000; i++)
            clients.Add(await server.ConnectAsync());
        for (var round = 0; round < 3; round++)
        {
            foreach (var client in clients)
                await client.SendAsync(BitConverter.GetBytes(round));
            foreach (var client in clients)
                Assert.Equal(round, BitConverter.ToInt32(await LoopServer.ReadAsync(client, 4)));
        }

        Assert.Equal(1_000, Volatile.Read(ref open));
        foreach (var client in clients)
            client.Dispose();

        await Eventually.TrueAsync(() => Volatile.Read(ref open) == 0, "all have ended");
    }

    [Fact]
    public async Task A_stop_takes_no_new_connections_and_lets_those_that_are_there_end()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await LoopServer.StartAsync(async connection =>
        {
            begun.SetResult();
            await go.Task;
            await connection.Transport.Output.WriteAsync("bye"u8.ToArray());
        });
        using var client = await server.ConnectAsync();
        await begun.Task.WaitAsync(Deadline);

        var stopping = server.StopAsync();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                using var late = await server.ConnectAsync();
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        }, "the port is closed");
        Assert.False(stopping.IsCompleted);
        go.SetResult();

        Assert.Equal("bye"u8.ToArray(), await LoopServer.ReadToEndAsync(client));
        await stopping.WaitAsync(Deadline);
    }

    [Fact]
    public async Task The_others_go_on_while_one_blocks_and_it_is_counted_and_told_once_for_each_handler()
    {
        using var blocks = new ManualResetEventSlim();
        await using var server = await LoopServer.StartAsync(async connection =>
        {
            LoopServer.Of(connection).BeginInline();
            while (await connection.Transport.Input.ReadAsync() is { IsCompleted: false } read)
            {
                var bytes = read.Buffer.FirstSpan.ToArray();
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                if (bytes.Contains((byte)'b'))
                {
                    Shift.IsAt("sleep");
                    blocks.Wait(Deadline);
                }

                await connection.Transport.Output.WriteAsync(bytes);
            }
        });
        using var other = await server.ConnectAsync();
        using var one = await server.ConnectAsync();
        using var two = await server.ConnectAsync();

        foreach (var client in new[] { one, two })
        {
            await client.SendAsync("b"u8.ToArray());
            await client.SendAsync("c"u8.ToArray());
            // Sees that one is blocked, and the next one too.
            for (var i = 0; i < 100; i++)
            {
                await other.SendAsync(new byte[] { 1 });
                await LoopServer.ReadAsync(other, 1);
            }
        }

        await Eventually.TrueAsync(() => server.Logs.Lines.Any(line => line.Contains("sleep", StringComparison.Ordinal)), "it is told");
        var work = server.Loop.Current().Work!;
        Assert.InRange(work.TakeOvers, 1, 100);
        blocks.Set();
        Assert.Equal("bc"u8.ToArray(), await LoopServer.ReadAsync(one, 2));
        Assert.Equal("bc"u8.ToArray(), await LoopServer.ReadAsync(two, 2));
        Assert.Single(server.Logs.Lines, line => line.Contains("sleep", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_clusters_thread_ends_another_one_reads_on()
    {
        var clusters = new EpollReceiver(new Guard(NullLogger.Instance));
        clusters.Start();
        await using var server = await LoopServer.StartAsync(
            connection =>
            {
                LoopServer.Of(connection).BeginInline();
                return LoopServer.EchoAsync(connection);
            },
            () => clusters);
        using var early = await server.ConnectAsync();
        await early.SendAsync(new byte[] { 1 });
        await LoopServer.ReadAsync(early, 1);
        Assert.Same(clusters, server.Loop.Current());

        await clusters.StopAsync();

        using var late = await server.ConnectAsync();
        foreach (var client in new[] { early, late })
        {
            await client.SendAsync(new byte[] { 2 });
            Assert.Equal([2], await LoopServer.ReadAsync(client, 1));
        }

        Assert.NotSame(clusters, server.Loop.Current());
    }

    private sealed class Item(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }
}
