using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>A place that has the runtime, or a framework, call later: the member it stands in, and by which means.</summary>
internal readonly record struct RuntimeRoot(string Place, string By)
{
    public override string ToString() => $"{Place} -> {By}";
}

/// <summary>
/// Finds in the IL of an assembly every place from which the runtime comes back on a stack of its own, where an exception ends the process or is lost.
/// </summary>
internal sealed partial class RuntimeRoots : IDisposable
{
    private const string Ours = "Akka.ClusterAdapter.";
    private const string AsyncVoid = "System.Runtime.CompilerServices.AsyncVoidMethodBuilder";
    private const string WorkItem = "System.Threading.IThreadPoolWorkItem";

    private static readonly HashSet<string> Later =
    [
        "System.Threading.ThreadPool.QueueUserWorkItem", "System.Threading.ThreadPool.UnsafeQueueUserWorkItem",
        "System.Threading.ThreadPool.RegisterWaitForSingleObject", "System.Threading.ThreadPool.UnsafeRegisterWaitForSingleObject",
        "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.ContinueWith", "System.Threading.Tasks.Task`1.ContinueWith",
        "System.Threading.Tasks.TaskFactory.StartNew", "System.Threading.Tasks.TaskFactory`1.StartNew",
        "System.Threading.CancellationToken.Register", "System.Threading.CancellationToken.UnsafeRegister",
        "System.TimeProvider.CreateTimer", "System.Threading.Timer..ctor", "System.Timers.Timer..ctor", "System.Threading.Thread..ctor",
        "System.Threading.SynchronizationContext.Post", "System.Runtime.InteropServices.PosixSignalRegistration.Create",
        "Akka.Actor.CoordinatedShutdown.AddTask", "Akka.Actor.ActorSystem.RegisterOnTermination",
        "Akka.Cluster.Cluster.RegisterOnMemberUp", "Akka.Cluster.Cluster.RegisterOnMemberRemoved",
        "Akka.Actor.IActionScheduler.ScheduleOnce", "Akka.Actor.IActionScheduler.ScheduleRepeatedly",
        "Akka.Actor.SchedulerExtensions.ScheduleOnce", "Akka.Actor.SchedulerExtensions.ScheduleRepeatedly",
        "Microsoft.AspNetCore.Http.HttpResponse.OnStarting", "Microsoft.AspNetCore.Http.HttpResponse.OnCompleted",
        "Microsoft.Extensions.Primitives.ChangeToken.OnChange", "Microsoft.Extensions.Primitives.IChangeToken.RegisterChangeCallback",
        "Microsoft.Extensions.Options.IOptionsMonitor`1.OnChange", "Microsoft.Extensions.Options.OptionsMonitorExtensions.OnChange",
        "System.Diagnostics.Metrics.Meter.CreateObservableGauge", "System.Diagnostics.Metrics.Meter.CreateObservableCounter",
        "System.Diagnostics.Metrics.Meter.CreateObservableUpDownCounter",
        AsyncVoid + ".Create",
    ];

    private static readonly HashSet<string> Tasks =
    [
        "System.Threading.Tasks.Task", "System.Threading.Tasks.Task`1", "System.Threading.Tasks.ValueTask", "System.Threading.Tasks.ValueTask`1"
    ];

    private readonly PEReader _image;
    private readonly MetadataReader _metadata;
    private readonly TypeNames _names;

    public RuntimeRoots(string path)
    {
        _image = new PEReader(File.OpenRead(path));
        _metadata = _image.GetMetadataReader();
        _names = new TypeNames(_metadata);
    }

    /// <summary>All of them; a place that does the same twice is named once.</summary>
    public IEnumerable<RuntimeRoot> Find() => _metadata.TypeDefinitions.SelectMany(FindIn).Distinct();

    public void Dispose() => _image.Dispose();

    private IEnumerable<RuntimeRoot> FindIn(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var name = _names.Of(handle);
        foreach (var made in type.GetInterfaceImplementations())
        {
            if (_names.Of(_metadata.GetInterfaceImplementation(made).Interface) == WorkItem)
                yield return new(PlaceOf(name, ""), WorkItem);
        }

        foreach (var method in type.GetMethods().Select(_metadata.GetMethodDefinition))
        {
            if (method.RelativeVirtualAddress == 0)
                continue;
            foreach (var means in MeansOf(IlTokens.Instructions(_image.GetMethodBody(method.RelativeVirtualAddress))))
                yield return new(PlaceOf(name, _metadata.GetString(method.Name)), means);
        }
    }

    private IEnumerable<string> MeansOf(List<(int Code, EntityHandle Operand)> body)
    {
        for (var i = 0; i < body.Count; i++)
        {
            if (Called(body[i].Operand) is not var (owner, name, returns, isOurs))
                continue;
            if (Later.Contains($"{owner}.{name}"))
                yield return $"{owner}.{name}";
            else if (name.StartsWith("add_", StringComparison.Ordinal) && !isOurs)
                yield return $"{owner}.{name}";
            else if (Tasks.Contains(returns) && i + 1 < body.Count && body[i + 1].Code == OpCodes.Pop.Value)
                yield return "a task that nobody waits for";
        }
    }

    private (string Owner, string Name, string Returns, bool IsOurs)? Called(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Called(_metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MethodDefinition:
                var ours = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return (_names.Of(ours.GetDeclaringType()), _metadata.GetString(ours.Name), ours.DecodeSignature(_names, null).ReturnType, true);
            case HandleKind.MemberReference:
                var member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                if (member.GetKind() != MemberReferenceKind.Method)
                    return null;
                var owner = _names.Of(member.Parent);
                return (
                    owner, _metadata.GetString(member.Name), member.DecodeMethodSignature(_names, null).ReturnType,
                    owner.StartsWith(Ours, StringComparison.Ordinal));
            default:
                return null;
        }
    }

    // Lambdas, local functions and state machines count as the member they are written in: <StartAsync>d__3.MoveNext, <>c.<.ctor>b__0.
    private static string PlaceOf(string type, string method)
    {
        var parts = $"{type}+{method}".Split('<', 2);
        if (parts.Length == 1)
            return method.Length == 0 ? type : $"{type}.{method}";
        var written = WrittenIn().Match(parts[1].StartsWith('>') ? parts[1][1..] : "<" + parts[1]);
        return $"{parts[0].TrimEnd('+', '.')}.{(written.Success ? written.Groups[1].Value : method)}";
    }

    [GeneratedRegex("<([^<>]+)>")]
    private static partial Regex WrittenIn();
}
