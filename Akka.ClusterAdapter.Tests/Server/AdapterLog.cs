using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Server;

/// <summary>In-memory adapters that tell which of them were disposed.</summary>
internal sealed class AdapterLog : IAdapterFactory
{
    private readonly InMemoryAdapterFactory _inner = new();

    public ConcurrentQueue<string> Disposed { get; } = new();

    public string WorkerId => _inner.WorkerId;

    public IAdapter Create(IAdapterHost host)
    {
        var adapter = DispatchProxy.Create<IAdapter, Logged>();
        var logged = (Logged)(object)adapter;
        (logged.Inner, logged.Name, logged.Disposed) = (_inner.Create(host), host.Name, Disposed);
        return adapter;
    }

    [SuppressMessage("Performance", "CA1852", Justification = "A DispatchProxy is derived from at run time.")]
    private class Logged : DispatchProxy
    {
        public IAdapter Inner { get; set; } = null!;

        public string Name { get; set; } = "";

        public ConcurrentQueue<string> Disposed { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IAsyncDisposable.DisposeAsync))
                Disposed.Enqueue(Name);
            return targetMethod.Invoke(Inner, args);
        }
    }
}
