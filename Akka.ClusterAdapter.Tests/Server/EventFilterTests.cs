using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>Filters run around handlers: in order, before and after, and when they throw.</summary>
public class EventFilterTests
{
    [Fact]
    public async Task They_run_from_the_server_to_the_method_and_back()
    {
        var log = new Log();
        await using var host = await StartAsync(log, io =>
        {
            io.AddFilter(new Named("server"));
            var tenants = io.Of(new Regex("^/tenant-"));
            tenants.AddFilter(new Named("kind"));
            io.NamespaceCreated += ns => ns.AddFilter(async (context, next) =>
            {
                context.Services.GetRequiredService<Log>().Lines.Add("namespace");
                return await next(context);
            });
            tenants.MapHandler<Filtered>();
        });
        await using var client = await host.ConnectAsync("/tenant-1");

        await client.SendAsync("42/tenant-1,1[\"hello\",\"you\"]");

        await client.ExpectAsync("43/tenant-1,1[\"hello you\"]");
        Assert.Equal(["server", "kind", "namespace", "class", "method", "handler", "/method", "/class", "/kind", "/server"], log.Lines);
    }

    [Fact]
    public async Task Those_of_a_lambda_run_too()
    {
        var log = new Log();
        await using var host = await StartAsync(log, io => io.On("x", [Tell("lambda")] () => log.Lines.Add("handler")));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"x\"]");

        await client.ExpectAsync("431[]");
        Assert.Equal(["lambda", "handler", "/lambda"], log.Lines);
    }

    [Theory]
    [InlineData("void", "[]")]
    [InlineData("value", "[1]")]
    [InlineData("task", "[]")]
    [InlineData("late value", "[2]")]
    [InlineData("value task", "[]")]
    [InlineData("late value task", "[3]")]
    [InlineData("null", "[null]")]
    [InlineData("refused", "[\"no\"]")]
    [InlineData("refused void", "[\"no\"]")]
    [InlineData("changed", "[4]")]
    [InlineData("saved", "[\"saved\"]")]
    [InlineData("thrown", "[{\"error\":{\"message\":\"not you\"}}]")]
    [InlineData("arguments", "[\"JsonException\"]")]
    public async Task A_result_may_be_looked_at_and_changed(string name, string answer)
    {
        await using var host = await StartAsync(new Log(), io =>
        {
            io.AddFilter<Changing>();
            io.On("void", () => { });
            io.On("value", () => 1);
            io.On("task", () => Task.CompletedTask);
            io.On("late value", async () =>
            {
                await Task.Yield();
                return 2;
            });
            io.On("value task", () => default(ValueTask));
            io.On("late value task", () => new ValueTask<int>(3));
            io.On("null", () => (string?)null);
            io.On("refused", () => 1);
            io.On("refused void", () => { });
            io.On("changed", () => 3);
            io.On("saved", int () => throw new InvalidOperationException());
            io.On("thrown", () => 1);
            io.On("arguments", (int number) => number);
        });
        await using var client = await host.ConnectAsync();

        await client.SendAsync($"421[\"{name}\",\"x\"]");

        await client.ExpectAsync($"431{answer}");
    }

    [Fact]
    public async Task A_filter_where_none_runs_is_refused()
    {
        await using var host = await StartAsync(new Log(), _ => { });

        Assert.Contains(
            "[Tell] on a connection handler would have no effect",
            Assert.Throws<InvalidOperationException>(() => host.Server.OnConnection([Tell("x")] (Socket socket, Log log) => { })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "[Tell] on the handler of the server-side event \"x\" would have no effect",
            Assert.Throws<InvalidOperationException>(() => host.Server.Of("/").OnServerSide("x", [Tell("x")] () => { })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_services_they_run_all_the_same()
    {
        await using var server = new SocketIOServer(
            new SocketIOOptions(), new Akka.ClusterAdapter.Adapters.InMemoryAdapterFactory(),
            TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        server.AddFilter((context, next) => next(context));
        using var added = server.On("x", () => { });
    }

    private static Task<SocketIOTestHost> StartAsync(Log log, Action<SocketIOServer> configure) =>
        SocketIOTestHost.StartAsync(configure, services: services => services.AddSingleton(log));

    public sealed class Log
    {
        public List<string> Lines { get; } = [];
    }

    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
    public sealed class TellAttribute(string name) : Attribute, IEventFilter
    {
        public ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next) => new Named(name).InvokeAsync(context, next);
    }

    private sealed class Named(string name) : IEventFilter
    {
        public async ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next)
        {
            var log = context.Services.GetRequiredService<Log>();
            log.Lines.Add(name);
            var result = await next(context);
            log.Lines.Add("/" + name);
            return result;
        }
    }

    [Tell("class")]
    public sealed class Filtered(Log log) : SocketHandler
    {
        [On("hello"), Tell("method")]
        public async Task<string> HelloAsync(string name)
        {
            await Task.Yield();
            log.Lines.Add("handler");
            return $"hello {name}";
        }
    }

    public sealed class Changing(Log log) : IEventFilter
    {
        public async ValueTask<object?> InvokeAsync(EventContext context, EventFilterNext next)
        {
            log.Lines.Add(context.Name);
            if (context.Name.StartsWith("refused", StringComparison.Ordinal))
                return "no";
            if (context.Name == "thrown")
                throw new EventException("not you");
            try
            {
                var result = await next(context);
                return context.Name == "changed" ? (int)result! + 1 : result;
            }
            catch (InvalidOperationException) when (context.Name == "saved")
            {
                return "saved";
            }
            catch (JsonException)
            {
                return nameof(JsonException);
            }
        }
    }
}
