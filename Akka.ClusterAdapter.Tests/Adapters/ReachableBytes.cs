using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <summary>
/// The size of everything that an object keeps alive, by going through its fields. The memory of the whole process would say the same on a quiet machine only:
/// servers of earlier tests are still being collected, and pools trim themselves.
/// </summary>
internal sealed class ReachableBytes
{
    private const int Header = 16;
    private const int ArrayHeader = 24;

    // It cannot be made without a method.
    private const int Delegate = 64;

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _next = new();
    private readonly Dictionary<Type, (long Bytes, FieldInfo[] Fields)> _types = [];
    private readonly Dictionary<Type, bool> _plain = [];

    /// <summary>Bytes of an object and all that it leads to.</summary>
    public static long Of(object root)
    {
        var walk = new ReachableBytes();
        walk.See(root);
        var bytes = 0L;
        while (walk._next.TryPop(out var next))
            bytes += walk.Visit(next);
        return bytes;
    }

    private void See(object? value)
    {
        // Types and their like belong to the program.
        if (value is not null and not (Type or MemberInfo or Assembly or Module) && _seen.Add(value))
            _next.Push(value);
    }

    private long Visit(object value)
    {
        if (value is string text)
            return Aligned(Header + sizeof(int) + (2L * (text.Length + 1)));
        if (value is Array array)
            return VisitArray(array);
        var (bytes, fields) = OfType(value.GetType());
        VisitFields(value, fields);
        return bytes;
    }

    private long VisitArray(Array array)
    {
        var element = array.GetType().GetElementType()!;
        if (!element.IsValueType)
        {
            foreach (var each in array)
                See(each);
            return Aligned(ArrayHeader + ((long)nint.Size * array.Length));
        }

        if (!IsPlain(element))
        {
            var fields = OfType(element).Fields;
            foreach (var each in array)
                VisitFields(each!, fields);
        }

        return Aligned(ArrayHeader + (SizeOf(element) * array.Length));
    }

    private void VisitFields(object value, FieldInfo[] fields)
    {
        foreach (var field in fields)
        {
            var held = field.GetValue(value);
            // A structure is part of what it is in.
            if (!field.FieldType.IsValueType)
                See(held);
            else if (held is not null)
                VisitFields(held, OfType(Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType).Fields);
        }
    }

    private (long Bytes, FieldInfo[] Fields) OfType(Type type)
    {
        if (_types.TryGetValue(type, out var known))
            return known;
        var fields = new List<FieldInfo>();
        for (var each = type; each is not null; each = each.BaseType)
            fields.AddRange(each.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Where(field => !IsPlain(field.FieldType)));
        return _types[type] = (type.IsValueType ? 0 : type.IsAssignableTo(typeof(System.Delegate)) ? Delegate : Measured(type), [.. fields]);
    }

    /// <summary>Whether a value leads nowhere.</summary>
    private bool IsPlain(Type type)
    {
        if (!type.IsValueType || type.IsPointer || type.IsByRefLike)
            return type.IsPointer || type.IsByRefLike;
        if (type.IsPrimitive || type.IsEnum)
            return true;
        if (!_plain.TryGetValue(type, out var isPlain))
            _plain[type] = isPlain = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .All(field => field.FieldType == type || IsPlain(field.FieldType));
        return isPlain;
    }

    [SuppressMessage("Usage", "CA1816", Justification = "Nobody has made it: it has nothing to end.")]
    private static long Measured(Type type)
    {
        // The first of a type costs what the runtime remembers of it.
        GC.SuppressFinalize(RuntimeHelpers.GetUninitializedObject(type));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var made = RuntimeHelpers.GetUninitializedObject(type);
        GC.SuppressFinalize(made);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static long SizeOf(Type type) => (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static long Aligned(long bytes) => (bytes + 7) & ~7L;
}
