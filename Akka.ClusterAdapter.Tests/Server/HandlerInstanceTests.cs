using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Where the instances of handler classes come from, and who disposes of them.</summary>
public class HandlerInstanceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_instance_is_disposed_of_after_each_event_and_before_its_scope(bool isFiltered)
    {
        var (host, diary) = await StartAsync(io => io.AddFilters(isFiltered).MapHandler<Async>());
        await using (host)
        {
            await using (var client = await host.ConnectAsync())
            {
                await ExpectAsync(diary, "connected", "disposed async", "scope ended");
                await client.SendAsync("421[\"late\"]");
                await client.ExpectAsync("431[\"late\"]");
                await ExpectAsync(diary, "late", "disposed async", "scope ended");
                await client.SendAsync("422[\"throws\"]");
                await ExpectAsync(diary, "throws", "disposed async", "scope ended");
            }

            await ExpectAsync(diary, "disconnected", "disposed async", "scope ended");
        }
    }

    [Fact]
    public async Task One_that_is_only_disposable_is_disposed_of_too()
    {
        var (host, diary) = await StartAsync(io => io.Of(new Regex("^/tenant-")).MapHandler<Plain>());
        await using (host)
        {
            await using var client = await host.ConnectAsync("/tenant-1");

            await client.SendAsync("42/tenant-1,1[\"hello\"]");

            await client.ExpectAsync("43/tenant-1,1[]");
            await ExpectAsync(diary, "hello", "disposed", "scope ended");
        }
    }

    [Fact]
    public async Task A_result_is_written_before_its_instance_is_disposed_of()
    {
        var (host, _) = await StartAsync(io => io.AddFilters(true).MapHandler<Plain>());
        await using (host)
        {
            await using var client = await host.ConnectAsync();

            await client.SendAsync("421[\"lazy\"]");

            await client.ExpectAsync("431[[\"there\"]]");
        }
    }

    [Fact]
    public async Task A_registered_class_is_the_service_of_the_scope_which_disposes_of_it_once()
    {
        var (host, diary) = await StartAsync(io => io.MapHandler<Plain>(), services => services.AddScoped(it => new Plain(it.GetRequiredService<Diary>())
        {
            Greeting = "registered",
        }));
        await using (host)
        {
            await using var client = await host.ConnectAsync();

            await client.SendAsync("421[\"hello\"]");
            await client.ExpectAsync("431[]");

            await ExpectAsync(diary, "registered", "scope ended", "disposed");
        }
    }

    [Fact]
    public async Task A_class_that_is_registered_for_several_sockets_at_once_fails_with_the_remedy()
    {
        var (host, _) = await StartAsync(io => io.MapHandler<Plain>(), services => services.AddSingleton(new Plain(null)));
        await using (host)
        {
            await using var one = await host.ConnectAsync();
            await using var two = await host.ConnectAsync();

            await one.SendAsync("421[\"hello\"]");
            await one.ExpectAsync("431[]");
            await two.SendAsync("421[\"hello\"]");

            await Eventually.TrueAsync(
                () => host.Logs.Lines.Any(line => line.Contains("Register it with AddScoped or AddTransient", StringComparison.Ordinal)), "it is told");
        }
    }

    private static async Task ExpectAsync(Diary diary, params string[] lines)
    {
        await Eventually.TrueAsync(() => diary.Lines.Count >= lines.Length, "all has happened");
        Assert.Equal(lines, diary.Lines);
        diary.Lines.Clear();
    }

    private static async Task<(SocketIOTestHost Host, Diary Diary)> StartAsync(
        Action<SocketIOServer> configure, Action<IServiceCollection>? services = null)
    {
        var diary = new Diary();
        var host = await SocketIOTestHost.StartAsync(configure, services: it =>
        {
            it.AddSingleton(diary).AddScoped<ScopeEnd>();
            services?.Invoke(it);
        });
        return (host, diary);
    }

    public sealed class Diary
    {
        public ConcurrentQueue<string> Lines { get; } = new();
    }

    public sealed class ScopeEnd(Diary diary) : IDisposable
    {
        public void Dispose() => diary.Lines.Enqueue("scope ended");
    }

    public sealed class Async(Diary diary, ScopeEnd scope) : SocketHandler, IAsyncDisposable, IDisposable
    {
        public override async ValueTask OnConnectedAsync()
        {
            await Task.Yield();
            diary.Lines.Enqueue("connected");
        }

        public override async ValueTask OnDisconnectedAsync(DisconnectReason reason)
        {
            await Task.Yield();
            diary.Lines.Enqueue("disconnected");
        }

        [On("late")]
        public async Task<string> LateAsync()
        {
            await Task.Yield();
            diary.Lines.Enqueue("late");
            return "late";
        }

        [On("throws")]
        public async Task ThrowsAsync()
        {
            await Task.Yield();
            diary.Lines.Enqueue("throws");
            throw new InvalidOperationException("thrown on purpose");
        }

        public ValueTask DisposeAsync()
        {
            diary.Lines.Enqueue(scope is null ? "no scope" : "disposed async");
            return default;
        }

        public void Dispose() => diary.Lines.Enqueue("disposed");
    }

    public sealed class Plain(Diary? diary) : SocketHandler, IDisposable
    {
        private bool _isDisposed;

        public string Greeting { get; init; } = "hello";

        [On("hello")]
        public void Hello([FromServices] ScopeEnd scope) => diary?.Lines.Enqueue(scope is null ? "no scope" : Greeting);

        [On("lazy")]
        public IEnumerable<string> Lazy()
        {
            yield return _isDisposed ? "gone" : "there";
        }

        public void Dispose()
        {
            _isDisposed = true;
            diary?.Lines.Enqueue("disposed");
        }
    }
}

file static class Filtering
{
    /// <summary>A filter that lets everything through, when it is wanted.</summary>
    public static SocketIOServer AddFilters(this SocketIOServer io, bool isFiltered) =>
        isFiltered ? io.AddFilter((context, next) => next(context)) : io;
}
