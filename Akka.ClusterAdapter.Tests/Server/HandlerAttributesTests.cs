using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.RateLimiting;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>What would be ignored is refused when the application starts (issue 16, A6).</summary>
public class HandlerAttributesTests
{
    [Fact]
    public Task Authorize_where_it_is_not_looked_at()
    {
        return Task.WhenAll(
            RefusesAsync<AuthorizedConnection>("[Authorize] on AuthorizedConnection.OnConnectedAsync", "on its [On] methods"),
            RefusesAsync<AuthorizedHelper>("[AdminsOnly] on AuthorizedHelper.Name", "io.Of(…).RequireAuthorization()"));
    }

    [Fact]
    public Task AllowAnonymous() => RefusesAsync<OpenMethod>("[AllowAnonymous] on OpenMethod.HelloAsync", "Take it away");

    [Fact]
    public Task EnableRateLimiting() => RefusesAsync<LimitedClass>("[EnableRateLimiting] on LimitedClass", "MaxPacketsPerSecond");

    [Fact]
    public Task EnableCors() => RefusesAsync<CorsClass>("[EnableCors] on CorsClass", "RequireCors");

    [Fact]
    public Task What_MVC_and_other_middleware_read()
    {
        return Task.WhenAll(
            RefusesAsync<HttpsClass>("[RequireHttps]", "middleware"),
            RefusesAsync<CachedMethod>("[OutputCache] on CachedMethod.NewsAsync", "Take it away"),
            RefusesAsync<TimedMethod>("[RequestTimeout] on TimedMethod.SlowAsync", "Take it away"),
            RefusesAsync<SizedMethod>("[RequestSizeLimit] on SizedMethod.FileAsync", "Take it away"),
            RefusesAsync<RoutedMethod>("[HttpPost] on RoutedMethod.PostAsync", "Take it away"));
    }

    [Fact]
    public Task Parameters_that_are_said_to_come_from_elsewhere()
    {
        return Task.WhenAll(
            RefusesAsync<QueryParameter>("[FromQuery] on the parameter text of QueryParameter.SayAsync", "no HTTP request"),
            RefusesAsync<BodyParameter>("[FromBody] on the parameter text of BodyParameter.SayAsync", "no HTTP request"),
            RefusesAsync<BundledParameter>("[AsParameters] on the parameter text of BundledParameter.SayAsync", "no HTTP request"));
    }

    [Fact]
    public async Task Lambdas_that_are_no_handlers_of_events()
    {
        await RefusesAsync(io => io.OnConnection([Authorize] (socket) => { }), "[Authorize] on a connection handler");
        await RefusesAsync(io => io.Use([Authorize] (socket, next) => next()), "[Authorize] on a middleware");
        await RefusesAsync(
            io => io.Of("/x").OnConnection([Authorize] async Task (socket) => await socket.EmitAsync("x")), "[Authorize] on a connection handler");
    }

    [Fact]
    public async Task What_only_documents_does_no_harm()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.MapHandler<DocumentedClass>());
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"hello\"]");

        await client.ExpectAsync("431[\"hi\"]");
    }

    [Fact]
    public Task What_is_said_of_a_lambda_names_its_event() => Task.WhenAll(
        RefusesAsync(
            io => io.On("find", ([FromQuery] string text) => { }), "[FromQuery] on the parameter text of the handler of \"find\" would have no effect"),
        RefusesAsync(io => io.On("open", [AllowAnonymous] () => { }), "[AllowAnonymous] on the handler of \"open\" would have no effect"));

    [Theory]
    [InlineData("disconnect", "Use OnDisconnect.")]
    [InlineData("disconnecting", "Use OnDisconnecting.")]
    [InlineData("connect", "Use OnConnection.")]
    [InlineData("newListener", "Choose another name.")]
    public async Task A_name_that_no_client_can_send(string name, string remedy)
    {
        var refusal = new TaskCompletionSource<Exception?>();
        await using var host = await SocketIOTestHost.StartAsync(
            io => io.OnConnection(socket => refusal.SetResult(Record.Exception(() => socket.On(name, () => 1)))));
        await using var client = await host.ConnectAsync();

        foreach (var refused in new[]
        {
            Record.Exception(() => host.Server.On(name, () => 1)),
            Record.Exception(() => host.Server.Of(new Regex("^/x")).On(name, () => 1)),
            await refusal.Task.WaitAsync(TimeSpan.FromSeconds(30)),
        })
        {
            var message = Assert.IsType<ArgumentException>(refused).Message;
            Assert.Contains($"\"{name}\" belongs to Socket.IO itself: no client can send it. {remedy}", message, StringComparison.Ordinal);
        }
    }

    private static Task RefusesAsync<THandler>(string what, string remedy)
        where THandler : SocketHandler => RefusesAsync(io => io.Of("/chat").MapHandler<THandler>(), what, remedy);

    private static async Task RefusesAsync(Action<SocketIOServer> configure, params string[] parts)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(configure));

        foreach (var part in parts)
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    public sealed class AdminsOnlyAttribute : AuthorizeAttribute;

    public sealed class AuthorizedConnection : SocketHandler
    {
        [Authorize]
        public override ValueTask OnConnectedAsync() => Socket.EmitAsync("hi");
    }

    public sealed class AuthorizedHelper : SocketHandler
    {
        [AdminsOnly]
        public string Name() => Socket.Id;
    }

    public sealed class OpenMethod : SocketHandler
    {
        [On("hello"), AllowAnonymous]
        public ValueTask HelloAsync() => Socket.EmitAsync("hi");
    }

    [EnableRateLimiting("few")]
    public sealed class LimitedClass : SocketHandler;

    [EnableCors("friends")]
    public sealed class CorsClass : SocketHandler;

    [RequireHttps]
    public sealed class HttpsClass : SocketHandler;

    public sealed class CachedMethod : SocketHandler
    {
        [On("news"), OutputCache]
        public ValueTask NewsAsync() => Socket.EmitAsync("news");
    }

    public sealed class TimedMethod : SocketHandler
    {
        [On("slow"), RequestTimeout(100)]
        public ValueTask SlowAsync() => Socket.EmitAsync("slow");
    }

    public sealed class SizedMethod : SocketHandler
    {
        [On("file"), RequestSizeLimit(100)]
        public ValueTask FileAsync(byte[] file) => Socket.EmitAsync("file", file);
    }

    public sealed class RoutedMethod : SocketHandler
    {
        [On("post"), HttpPost("/post")]
        public ValueTask PostAsync() => Socket.EmitAsync("post");
    }

    public sealed class QueryParameter : SocketHandler
    {
        [On("say")]
        public ValueTask SayAsync([FromQuery] string text) => Socket.EmitAsync("said", text);
    }

    public sealed class BodyParameter : SocketHandler
    {
        [On("say")]
        public ValueTask SayAsync([FromBody] string text) => Socket.EmitAsync("said", text);
    }

    public sealed class BundledParameter : SocketHandler
    {
        [On("say")]
        public ValueTask SayAsync([Microsoft.AspNetCore.Http.AsParameters] string text) => Socket.EmitAsync("said", text);
    }

    [ApiExplorerSettings(IgnoreApi = true)]
    public sealed class DocumentedClass : SocketHandler
    {
        [On("hello"), NonAction, System.ComponentModel.Description("Says hello.")]
        public ValueTask<string> HelloAsync() => new(Socket.Connected ? "hi" : "");
    }
}
