namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>A type that is named somewhere: the assembly it comes from (empty: the one being read), its namespace, its outermost name.</summary>
internal readonly record struct TypeUse(string Assembly, string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}
