using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>
/// A copy of the library whose locks, pool and clocks are <see cref="Controlled"/>, and which calls it before each step that others may see. The library itself
/// stays as it was built.
/// </summary>
internal sealed class Rewriting : IDisposable
{
    private const string Concurrent = "System.Collections.Concurrent";
    private const string Generic = "System.Collections.Generic";

    private static readonly HashSet<string> Seen =
    [
        .. ((Type[])[typeof(Interlocked), typeof(Volatile), typeof(CancellationTokenSource), typeof(CancellationToken), typeof(SemaphoreSlim), typeof(Task),
            typeof(TaskCompletionSource), typeof(TaskCompletionSource<>)]).Select(type => type.FullName!),
    ];

    private readonly DefaultAssemblyResolver _resolver = new();
    private readonly AssemblyDefinition _assembly;
    private readonly ModuleDefinition _module;
    private readonly Dictionary<string, (MethodReference Method, bool TellsPlace)> _replaced = [];
    private readonly MethodReference _step;
    private readonly MethodReference _isPlanted;
    private readonly List<string> _places = [];
    private readonly Dictionary<string, List<int>> _planted = [];

    private Rewriting(string path)
    {
        foreach (var folder in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(Path.GetDirectoryName).Distinct())
            _resolver.AddSearchDirectory(folder);
        _assembly = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { InMemory = true, AssemblyResolver = _resolver });
        _module = _assembly.MainModule;
        (_step, _isPlanted) = (Own(nameof(Controlled.Step)), Own(nameof(Controlled.IsPlanted)));
        AddReplaced();
    }

    /// <summary>Rewrites an assembly.</summary>
    public static RewrittenLibrary Of(string path, IReadOnlyList<Plant> plants)
    {
        using var rewriting = new Rewriting(path);
        foreach (var type in rewriting._module.GetTypes().Where(type => type.HasMethods))
        {
            foreach (var method in type.Methods.Where(method => method.HasBody))
                rewriting.Rewrite(type, method, plants);
        }

        using var image = new MemoryStream();
        rewriting._assembly.Write(image);
        return new(image.ToArray(), [.. rewriting._places], rewriting._planted.ToDictionary(plant => plant.Key, plant => plant.Value.ToArray()));
    }

    public void Dispose()
    {
        _assembly.Dispose();
        _resolver.Dispose();
    }

    private static MethodReference? Called(Instruction instruction) =>
        instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj ? instruction.Operand as MethodReference : null;

    private static bool IsPrefix(Instruction? instruction) => instruction?.OpCode.OpCodeType == OpCodeType.Prefix;

    // What is asynchronous is a class of its own.
    private static bool IsAt(Plant plant, TypeDefinition type, MethodDefinition method) => plant.Type == type.FullName
        ? plant.Method == method.Name
        : plant.Type == type.DeclaringType?.FullName && type.Name.StartsWith($"<{plant.Method}>", StringComparison.Ordinal);

    // Generic parameters have a name in one place and a number in the other.
    private static string KeyOf(MethodReference method)
    {
        var parameters = method.Parameters.Select(parameter => parameter.ParameterType.FullName.Replace("TResult", "!!0", StringComparison.Ordinal));
        return $"{method.DeclaringType.GetElementType().FullName}.{method.Name}({string.Join(',', parameters)})";
    }

    // The compiler disposes of what is used by way of the interface, and says what it is in front of that.
    private static string KeyOf(Instruction call, MethodReference called) =>
        called is { Name: "Dispose", DeclaringType.Name: nameof(IDisposable) }
            && call.Previous is { OpCode.Code: Code.Constrained, Operand: TypeReference type }
            ? $"{type.FullName}.Dispose()"
            : KeyOf(called.GetElementMethod());

    // What makes packets of bytes runs within locks of the serializer's, and is nobody else's, except for its pools.
    private static bool IsShared(TypeDefinition type) =>
        type.Namespace != typeof(Protocol.Packet).Namespace || type.Name.StartsWith(nameof(Protocol.ScratchPool<>), StringComparison.Ordinal);

    // Others may see it: not in a constructor, and not what a call keeps for itself.
    private bool IsShared(FieldReference field, MethodDefinition method) =>
        field.DeclaringType.GetElementType().Scope == _module && !field.DeclaringType.Name.Contains('<', StringComparison.Ordinal)
            && field.Resolve() is { IsInitOnly: false, IsLiteral: false } && !method.IsConstructor;

    private static bool IsSeen(MethodReference called)
    {
        var type = called.DeclaringType.GetElementType();
        return Seen.Contains(type.FullName) || (type.Namespace is Concurrent or Generic && !type.IsValueType && called.HasThis);
    }

    private void AddReplaced()
    {
        Replace(typeof(Lock).GetMethod(nameof(Lock.EnterScope))!, nameof(Controlled.EnterScope));
        Replace(typeof(Lock.Scope).GetMethod(nameof(Lock.Scope.Dispose))!, nameof(Controlled.ExitScope));
        Replace(typeof(Lock).GetMethod(nameof(Lock.Enter))!, nameof(Controlled.Enter));
        Replace(typeof(Lock).GetMethod(nameof(Lock.TryEnter), [])!, nameof(Controlled.TryEnter));
        Replace(typeof(Lock).GetMethod(nameof(Lock.Exit))!, nameof(Controlled.Exit));
        Replace(typeof(Monitor).GetMethod(nameof(Monitor.Enter), [typeof(object), typeof(bool).MakeByRefType()])!, nameof(Controlled.MonitorEnter));
        Replace(typeof(Monitor).GetMethod(nameof(Monitor.Exit))!, nameof(Controlled.MonitorExit));
        Replace(
            typeof(CancellationToken).GetMethod(nameof(CancellationToken.UnsafeRegister), [typeof(Action<object?>), typeof(object)])!,
            nameof(Controlled.UnsafeRegister));
        Replace(
            typeof(TaskAsyncEnumerableExtensions).GetMethod(nameof(Controlled.ConfigureAwait), [typeof(IAsyncDisposable), typeof(bool)])!,
            nameof(Controlled.ConfigureAwait));
        Replace(typeof(CancellationTokenRegistration).GetMethod(nameof(CancellationTokenRegistration.Dispose))!, nameof(Controlled.Dispose));
        Replace(typeof(Interlocked).GetMethod(nameof(Interlocked.Exchange), [typeof(int).MakeByRefType(), typeof(int)])!, nameof(Controlled.Exchange));
        Replace(typeof(Interlocked).GetMethod(nameof(Interlocked.Increment), [typeof(int).MakeByRefType()])!, nameof(Controlled.Increment));
        Replace(typeof(Interlocked).GetMethod(nameof(Interlocked.Decrement), [typeof(int).MakeByRefType()])!, nameof(Controlled.Decrement));
        Replace(typeof(Interlocked).GetMethod(nameof(Interlocked.Add), [typeof(long).MakeByRefType(), typeof(long)])!, nameof(Controlled.Add));
        Replace(
            typeof(ThreadPool).GetMethod(nameof(ThreadPool.UnsafeQueueUserWorkItem), [typeof(IThreadPoolWorkItem), typeof(bool)])!,
            nameof(Controlled.Queue));
        Replace(typeof(CancellationTokenSource).GetMethod(nameof(CancellationTokenSource.CancelAsync))!, nameof(Controlled.CancelAsync));
        Replace(typeof(Random).GetProperty(nameof(Random.Shared))!.GetMethod!, "get_" + nameof(Controlled.Random));
        Replace(typeof(TimeProvider).GetProperty(nameof(TimeProvider.System))!.GetMethod!, "get_" + nameof(Controlled.Time));
        string[] ofTasks = [nameof(Task.Run), nameof(Task.WhenAny), nameof(Task.WhenAll), nameof(Task.WaitAsync)];
        foreach (var type in (Type[])[typeof(Task), typeof(Task<>)])
        {
            foreach (var method in type.GetMethods().Where(method => method.DeclaringType == type && ofTasks.Contains(method.Name)))
                Replace(method, method.Name);
        }
    }

    /// <summary>The one with the same arguments, the object it is called on being the first, and perhaps the place as the last.</summary>
    private void Replace(System.Reflection.MethodBase called, string by)
    {
        var arguments = called.GetParameters().Select(parameter => parameter.ParameterType.ToString()).ToList();
        if (!called.IsStatic)
            arguments.Insert(0, called.DeclaringType!.IsValueType ? called.DeclaringType + "&" : called.DeclaringType!.ToString());
        var isGeneric = called.IsGenericMethod || called.DeclaringType!.IsGenericType;
        var owns = typeof(Controlled).GetMethods().Concat(typeof(ControlledTasks).GetMethods());
        foreach (var own in owns.Where(method => method.Name == by && method.IsGenericMethod == isGeneric))
        {
            var parameters = own.GetParameters();
            var tellsPlace = parameters is [.., { Name: "place" }];
            if (parameters.SkipLast(tellsPlace ? 1 : 0).Select(parameter => parameter.ParameterType.ToString()).SequenceEqual(arguments))
                _replaced.Add(KeyOf(_module.ImportReference(called)), (_module.ImportReference(own), tellsPlace));
        }
    }

    private MethodReference Own(string name) => _module.ImportReference(typeof(Controlled).GetMethod(name)!);

    private void Rewrite(TypeDefinition type, MethodDefinition method, IReadOnlyList<Plant> plants)
    {
        method.Body.SimplifyMacros();
        var here = new Here(type, method, method.Body.GetILProcessor(), plants.Where(plant => IsAt(plant, type, method)).ToList(), IsShared(type));
        foreach (var instruction in method.Body.Instructions.ToArray())
        {
            if (Called(instruction) is { } called)
                RewriteCall(here, instruction, called);
            else if (here.IsShared && instruction.Operand is FieldReference field && IsField(instruction.OpCode.Code) && IsShared(field, method))
                StepBefore(here.Il, instruction, Place(here, field.Name));
        }

        foreach (var plant in here.Plants.Where(plant => plant.Kind is PlantKind.ReturnsTrue or PlantKind.ReturnsFalse))
            PlantReturn(here.Il, plant, Place(here, "its beginning"));
        method.Body.OptimizeMacros();
    }

    private static bool IsField(Code code) => code is Code.Ldfld or Code.Stfld or Code.Ldsfld or Code.Stsfld;

    private void RewriteCall(Here here, Instruction instruction, MethodReference called)
    {
        if (_replaced.TryGetValue(KeyOf(instruction, called), out var own))
        {
            var place = Place(here, called.DeclaringType.Name + "." + called.Name);
            foreach (var plant in here.Plants.Where(plant => plant.Kind == KindOf(called)))
                Note(plant, place);
            ReplaceCall(here.Il, instruction, called, own, place);
        }
        else if (called is { Name: "ConfigureAwait", Parameters: [.., { ParameterType.Name: nameof(Boolean) or nameof(ConfigureAwaitOptions) } how] })
        {
            StayHere(here.Il, instruction, how.ParameterType.Name == nameof(Boolean));
        }
        else if (called is { Name: "Run", DeclaringType.Name: "Task" } or { Name: "StartNew", DeclaringType.Name: "TaskFactory" })
        {
            throw new NotSupportedException($"{called.FullName} in {here.Method.FullName} has nothing in its place.");
        }
        else if (here.IsShared && IsSeen(called))
        {
            StepBefore(here.Il, instruction, Place(here, called.DeclaringType.Name + "." + called.Name));
        }
    }

    private static PlantKind? KindOf(MethodReference called) => called.DeclaringType.FullName switch
    {
        "System.Threading.Interlocked" => PlantKind.NotAtomic,
        "System.Threading.Lock" when called.Name.StartsWith("Enter", StringComparison.Ordinal) => PlantKind.NoLock,
        _ => null,
    };

    private void Note(Plant plant, int place)
    {
        if (!_planted.TryGetValue(plant.Name, out var places))
            _planted.Add(plant.Name, places = []);
        places.Add(place);
    }

    private int Place(Here here, string what)
    {
        _places.Add($"{here.Type.Name}.{here.Method.Name}: {what}");
        return _places.Count - 1;
    }

    /// <summary>What jumps to the instruction comes to the step before it.</summary>
    private void StepBefore(ILProcessor il, Instruction instruction, int place)
    {
        var first = instruction;
        while (IsPrefix(first.Previous))
            first = first.Previous;
        var copy = il.Create(OpCodes.Nop);
        (copy.OpCode, copy.Operand) = (first.OpCode, first.Operand);
        (first.OpCode, first.Operand) = (OpCodes.Ldc_I4, place);
        var call = il.Create(OpCodes.Call, _step);
        il.InsertAfter(first, call);
        il.InsertAfter(call, copy);
    }

    private static void ReplaceCall(ILProcessor il, Instruction instruction, MethodReference called, (MethodReference Method, bool TellsPlace) own, int place)
    {
        var method = own.Method;
        if (method.HasGenericParameters)
        {
            var instance = new GenericInstanceMethod(method);
            foreach (var argument in (called as IGenericInstance ?? (IGenericInstance)called.DeclaringType).GenericArguments)
                instance.GenericArguments.Add(argument);
            method = instance;
        }

        // A prefix says what type it is called on, and means nothing any more.
        if (!own.TellsPlace)
        {
            (instruction.OpCode, instruction.Operand) = (OpCodes.Call, method);
            RemovePrefix(instruction);
            return;
        }

        (instruction.OpCode, instruction.Operand) = (OpCodes.Ldc_I4, place);
        RemovePrefix(instruction);
        il.InsertAfter(instruction, il.Create(OpCodes.Call, method));
    }

    private static void RemovePrefix(Instruction instruction)
    {
        if (instruction.Previous is { OpCode.OpCodeType: OpCodeType.Prefix } prefix)
            (prefix.OpCode, prefix.Operand) = (OpCodes.Nop, null);
    }

    /// <summary>What is awaited goes on where it was, which is under control, as in the pool otherwise.</summary>
    private static void StayHere(ILProcessor il, Instruction call, bool isFlag)
    {
        var (code, operand) = (call.OpCode, call.Operand);
        (call.OpCode, call.Operand) = isFlag ? (OpCodes.Pop, null) : (OpCodes.Ldc_I4, (object?)(int)ConfigureAwaitOptions.ContinueOnCapturedContext);
        var second = isFlag ? il.Create(OpCodes.Ldc_I4, 1) : il.Create(OpCodes.Or);
        var copy = il.Create(OpCodes.Nop);
        (copy.OpCode, copy.Operand) = (code, operand);
        il.InsertAfter(call, second);
        il.InsertAfter(second, copy);
    }

    private void PlantReturn(ILProcessor il, Plant plant, int place)
    {
        Note(plant, place);
        var first = il.Body.Instructions[0];
        il.InsertBefore(first, il.Create(OpCodes.Ldc_I4, place));
        il.InsertBefore(first, il.Create(OpCodes.Call, _isPlanted));
        il.InsertBefore(first, il.Create(OpCodes.Brfalse, first));
        il.InsertBefore(first, il.Create(OpCodes.Ldc_I4, plant.Kind == PlantKind.ReturnsTrue ? 1 : 0));
        il.InsertBefore(first, il.Create(OpCodes.Ret));
    }

    /// <summary>The method that is being rewritten.</summary>
    private sealed record Here(TypeDefinition Type, MethodDefinition Method, ILProcessor Il, List<Plant> Plants, bool IsShared);
}

/// <summary>The copy.</summary>
/// <param name="Image">Its bytes.</param>
/// <param name="Places">Names of its steps.</param>
/// <param name="Planted">Places of each planted fault.</param>
internal sealed record RewrittenLibrary(byte[] Image, string[] Places, Dictionary<string, int[]> Planted);
