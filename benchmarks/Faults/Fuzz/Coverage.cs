using System.Reflection;
using System.Runtime.Loader;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>
/// Which code an input reached, when the library was instrumented by SharpFuzz (<c>make fuzz COVERAGE=1</c>). Its trace is a
/// table of counters, and can be read without AFL.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private readonly byte[] _table = GC.AllocateArray<byte>(Size, pinned: true);
    private readonly byte[] _seen = new byte[Size];

    private Coverage(Type trace)
    {
        fixed (byte* table = _table)
            trace.GetField("SharedMem")!.SetValue(null, Pointer.Box(table, typeof(byte*)));
    }

    public int Edges { get; private set; }

    /// <summary>Null when the library is as it was built.</summary>
    public static Coverage? OfLibrary()
    {
        foreach (var name in typeof(Protocol.Packet).Assembly.GetReferencedAssemblies().Where(name => name.Name == "SharpFuzz.Common"))
            return new Coverage(AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, name.Name + ".dll"))
                .GetType("SharpFuzz.Common.Trace", throwOnError: true)!);
        return null;
    }

    public void Begin() => Array.Clear(_table);

    /// <summary>True when this input took a branch that none before it took, or took it much more often.</summary>
    public bool IsNew()
    {
        var isNew = false;
        for (var i = NextFrom(0); i < Size; i = NextFrom(i + 1))
        {
            var bucket = (byte)(1 << Math.Min(7, System.Numerics.BitOperations.Log2(_table[i])));
            if ((_seen[i] & bucket) != 0)
                continue;
            Edges += _seen[i] == 0 ? 1 : 0;
            _seen[i] |= bucket;
            isNew = true;
        }

        return isNew;
    }

    private int NextFrom(int start) => _table.AsSpan(start).IndexOfAnyExcept((byte)0) is >= 0 and var at ? start + at : Size;
}
