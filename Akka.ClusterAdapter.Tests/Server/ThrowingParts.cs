using System.Reflection;
using System.Runtime.ExceptionServices;
using Akka.ClusterAdapter.Adapters;
using Akka.ClusterAdapter.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>An adapter whose one method throws, in the main namespace; otherwise that of one process.</summary>
public class ThrowingAdapter : DispatchProxy
{
    private object _inner = null!;
    private string? _method;

    internal static IAdapter Create(IAdapter inner, string? method)
    {
        var proxy = Create<IAdapter, ThrowingAdapter>();
        ((ThrowingAdapter)(object)proxy)._inner = inner;
        ((ThrowingAdapter)(object)proxy)._method = method;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == _method ? throw new InvalidOperationException("thrown by the adapter") : ThrowingParts.Call(targetMethod, _inner, args);
}

/// <summary>A parser whose one method throws when it is told to; otherwise that of JSON.</summary>
public class ThrowingParser : DispatchProxy
{
    private readonly JsonPacketParser _inner = new();
    private string _method = "";

    internal bool Throws { get; set; }

    internal static IPacketParser Create(string method)
    {
        var proxy = Create<IPacketParser, ThrowingParser>();
        ((ThrowingParser)(object)proxy)._method = method;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        Throws && targetMethod!.Name == _method ? throw new InvalidOperationException("thrown by the parser") : ThrowingParts.Call(targetMethod!, _inner, args);
}

internal static class ThrowingParts
{
    /// <summary>Puts the adapter in the place of the usual one.</summary>
    public static void AddThrowingAdapter(this IServiceCollection services, string method) => services.AddSingleton<IAdapterFactory>(new Factory(method));

    public static object? Call(MethodInfo method, object target, object?[]? args)
    {
        try
        {
            return method.Invoke(target, args);
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }

    private sealed class Factory(string method) : IAdapterFactory
    {
        private readonly InMemoryAdapterFactory _inner = new();

        public string WorkerId => _inner.WorkerId;

        public IAdapter Create(IAdapterHost host) => ThrowingAdapter.Create(_inner.Create(host), host.Name == "/" ? method : null);
    }
}
