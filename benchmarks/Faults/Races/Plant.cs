namespace Akka.ClusterAdapter.Faults.Races;

/// <summary>Kinds of faults that are planted in the copy of the library, to see that they are found.</summary>
internal enum PlantKind
{
    /// <summary>No lock is taken in a method.</summary>
    NoLock,

    /// <summary>The interlocked steps of a method are two each.</summary>
    NotAtomic,

    /// <summary>A method answers true whatever it should say.</summary>
    ReturnsTrue,

    /// <summary>A method answers false whatever it should say.</summary>
    ReturnsFalse,
}

/// <summary>A fault, and the subject that must find it.</summary>
/// <param name="Subject">The subject's name.</param>
/// <param name="Type">Full name of the type.</param>
/// <param name="Method">Name of the method, as it is in the assembly.</param>
/// <param name="Kind">What is done to it.</param>
/// <param name="What">What that means.</param>
internal sealed record Plant(string Subject, string Type, string Method, PlantKind Kind, string What)
{
    public string Name => $"{Type}.{Method} {Kind}";
}
