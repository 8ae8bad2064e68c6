using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Akka.ClusterAdapter.Engine.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>A connection's output that goes past the transport's pipe while it can.</summary>
public sealed class SocketWriterTests
{
    private const int Writes = 10_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Nothing_overtakes_while_the_way_changes_ten_thousand_times()
    {
        var (direct, late, written) = (0, 0, 0);
        await using var server = await ServeAsync(async output =>
        {
            var random = new Random(4);
            var next = 0;
            for (var i = 0; i < Writes; i++)
            {
                var flush = (i % 4) switch
                {
                    0 => Copied(output, Numbers(ref next, random.Next(1, 400))),
                    1 => Gathered(output, [Numbers(ref next, random.Next(1, 200)), Numbers(ref next, 1), Numbers(ref next, random.Next(1, 200))]),
                    _ => output.WriteAsync(Numbers(ref next, random.Next(1, 400))),
                };
                _ = flush.IsCompleted ? direct++ : late++;
                await flush;
            }

            written = next;
        });
        using var client = await ConnectAsync(server);

        var received = await ReadToEndAsync(client);

        Assert.Equal(Enumerable.Range(0, written), Enumerable.Range(0, received.Length / 4).Select(i => BitConverter.ToInt32(received, 4 * i)));
        Assert.True(direct > 100 && late > 100, $"{direct} went straight to the socket, {late} when there was room again");
    }

    [Fact]
    public async Task What_was_not_flushed_leaves_when_the_connection_ends()
    {
        await using var server = await ServeAsync(output =>
        {
            output.Write("unflushed"u8);
            return Task.CompletedTask;
        });
        using var client = await ConnectAsync(server);

        Assert.Equal("unflushed"u8.ToArray(), await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_buffer_grows_with_what_is_written_before_a_flush()
    {
        var all = new byte[300_000];
        new Random(7).NextBytes(all);
        await using var server = await ServeAsync(async output =>
        {
            for (var at = 0; at < all.Length; at += 1000)
                output.Write(all.AsSpan(at, 1000));
            Assert.Equal(all.Length, output.UnflushedBytes);
            await output.FlushAsync();
        });
        using var client = await ConnectAsync(server);

        Assert.Equal(all, await ReadToEndAsync(client));
    }

    [Fact]
    public async Task What_is_gathered_does_not_overtake_what_was_not_flushed()
    {
        await using var server = await ServeAsync(async output =>
        {
            output.Write("one "u8);
            await Gathered(output, "two "u8.ToArray(), "three"u8.ToArray());
        });
        using var client = await ConnectAsync(server);

        Assert.Equal("one two three"u8.ToArray(), await ReadToEndAsync(client));
    }

    [Fact]
    public async Task After_the_pipe_was_used_nothing_goes_past_it_any_more()
    {
        var couldBegin = new List<bool>();
        await using var server = await ServeAsync(async output =>
        {
            var writer = (SocketWriter)output;
            await writer.WriteAsync("direct, "u8.ToArray());
            writer.End();
            couldBegin.Add(writer.TryBegin());
            writer.End();
            writer.Write("by the pipe, "u8);
            couldBegin.Add(writer.TryBegin());
            await writer.FlushAsync();
            await writer.WriteAsync("and so on"u8.ToArray());
            couldBegin.Add(writer.TryBegin());
        });
        using var client = await ConnectAsync(server);

        Assert.Equal("direct, by the pipe, and so on"u8.ToArray(), await ReadToEndAsync(client));
        Assert.Equal([true, false, false], couldBegin);
    }

    [Fact]
    public async Task A_client_that_is_gone_ends_the_writing()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await ServeAsync(async output =>
        {
            try
            {
                while (!(await output.WriteAsync(new byte[1000])).IsCompleted)
                {
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
            {
                // The transport may also say it this way.
            }

            ended.SetResult();
        });
        var client = await ConnectAsync(server);
        await client.ReceiveAsync(new byte[1]);

        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        await ended.Task.WaitAsync(Deadline);
    }

    private static ValueTask<FlushResult> Copied(PipeWriter output, ReadOnlyMemory<byte> bytes)
    {
        output.Write(bytes.Span);
        return output.FlushAsync();
    }

    private static ValueTask<FlushResult> Gathered(PipeWriter output, params byte[][] parts)
    {
        var sent = ((SocketWriter)output).TrySend([.. parts.Select(part => new ArraySegment<byte>(part))]);
        return output.WriteAsync(parts.SelectMany(part => part).Skip(sent).ToArray());
    }

    private static byte[] Numbers(ref int next, int count)
    {
        var bytes = new byte[4 * count];
        for (var i = 0; i < count; i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), next++);
        return bytes;
    }

    /// <summary>A server whose connections have small kernel buffers and are written by a test.</summary>
    private static async Task<WebApplication> ServeAsync(Func<PipeWriter, Task> write)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionListenerFactory, DirectTransportFactory>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(async connection =>
        {
            connection.Features.Get<IConnectionSocketFeature>()!.Socket.SendBufferSize = 4096;
            Assert.True(Assert.IsType<SocketWriter>(connection.Transport.Output).TryBegin());
            await write(connection.Transport.Output);
            await connection.Transport.Output.CompleteAsync();
        })));
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    private static async Task<Socket> ConnectAsync(WebApplication server)
    {
        var address = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        return client;
    }

    private static async Task<byte[]> ReadToEndAsync(Socket client)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var all = new MemoryStream();
        await using var stream = new NetworkStream(client);
        await stream.CopyToAsync(all, deadline.Token);
        return all.ToArray();
    }
}
