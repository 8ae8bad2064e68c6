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
    public Task Authorize_on_a_class() => RefusesAsync<AuthorizedClass>("[Authorize] on AuthorizedClass", "RequireAuthorization()");

    [Fact]
    public Task Authorize_on_a_base_class() => RefusesAsync<OfAnAuthorizedClass>("[Authorize] on AuthorizedClass", "socket.User");

    [Fact]
    public Task Authorize_on_a_method() => RefusesAsync<AuthorizedMethod>("[Authorize] on AuthorizedMethod.SecretAsync", "Socket.User in its method");

    [Fact]
    public Task Authorize_on_a_method_that_was_overridden() => RefusesAsync<OfAnAuthorizedMethod>("[Authorize] on AuthorizedMethod.SecretAsync", "RequireAuthorization()");

    [Fact]
    public Task An_attribute_of_one_s_own_that_is_derived_from_it() => RefusesAsync<AdminsOnlyClass>("[AdminsOnly] on AdminsOnlyClass", "RequireAuthorization()");

    [Fact]
    public Task An_attribute_of_one_s_own_that_middleware_would_look_for() => RefusesAsync<MarkedClass>("[Marked] on MarkedClass", "RequireAuthorization()");

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
    public async Task Lambdas()
    {
        await RefusesAsync(io => io.OnConnection([Authorize] (socket) => { }), "[Authorize] on a handler");
        await RefusesAsync(io => io.Use([Authorize] (socket, next) => next()), "[Authorize] on a handler");
        await RefusesAsync(io => io.Of("/x").OnConnection([Authorize] async Task (socket) => await socket.EmitAsync("x")), "[Authorize] on a handler");
    }

    [Fact]
    public async Task A_lambda_for_an_event_is_not_registered()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("open", () => new ValueTask<string>("told"));
            socket.On("secret", [Authorize] () => new ValueTask<string>("told"));
        }));
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"secret\"]");
        await client.SendAsync("422[\"open\"]");

        await client.ExpectAsync("432[\"told\"]");
        Assert.Contains(host.Logs.Lines, line => line.Contains("[Authorize] on a handler", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_only_documents_does_no_harm()
    {
        await using var host = await SocketIOTestHost.StartAsync(io => io.MapHandler<DocumentedClass>());
        await using var client = await host.ConnectAsync();

        await client.SendAsync("421[\"hello\"]");

        await client.ExpectAsync("431[\"hi\"]");
    }

    private static Task RefusesAsync<THandler>(string what, string remedy)
        where THandler : SocketHandler => RefusesAsync(io => io.Of("/chat").MapHandler<THandler>(), what, remedy);

    private static async Task RefusesAsync(Action<SocketIOServer> configure, params string[] parts)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => SocketIOTestHost.StartAsync(configure));

        foreach (var part in parts)
            Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    [Authorize]
    public class AuthorizedClass : SocketHandler
    {
        [On("secret")]
        public ValueTask<string> SecretAsync() => new(Socket.Id);
    }

    public sealed class OfAnAuthorizedClass : AuthorizedClass;

    public class AuthorizedMethod : SocketHandler
    {
        [On("secret"), Authorize(Roles = "admin")]
        public virtual ValueTask<string> SecretAsync() => new(Socket.Id);
    }

    public sealed class OfAnAuthorizedMethod : AuthorizedMethod
    {
        public override ValueTask<string> SecretAsync() => new("told");
    }

    public sealed class AdminsOnlyAttribute : AuthorizeAttribute;

    [AdminsOnly]
    public sealed class AdminsOnlyClass : SocketHandler;

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class MarkedAttribute : Attribute, IAuthorizationRequirementData
    {
        public IEnumerable<IAuthorizationRequirement> GetRequirements() => [];
    }

    [Marked]
    public sealed class MarkedClass : SocketHandler;

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
