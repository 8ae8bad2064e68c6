namespace Akka.ClusterAdapter.Server;

/// <summary>
/// Marks an interface as what the server says to the clients of a namespace. Needed for the TypeScript declarations, and for <c>Of&lt;TClient&gt;()</c>
/// without a name; may be given several times. Recognised by its full name, so that an assembly that does not use this library may declare its own.
/// </summary>
/// <param name="namespace">The namespace, with the leading slash. Default <c>/</c>, the main namespace.</param>
[AttributeUsage(AttributeTargets.Interface, AllowMultiple = true, Inherited = false)]
public sealed class ServerToClientAttribute(string @namespace = "/") : Attribute
{
    /// <summary>The namespace.</summary>
    public string Namespace { get; } = @namespace;
}

/// <summary>
/// Marks an interface as what the clients of a namespace say to the server: a <see cref="SocketHandler"/> class that implements it handles its methods
/// as events. Marks a handler class as one whose <c>[On]</c> methods belong to the TypeScript declarations of a namespace. May be given several times.
/// Recognised by its full name.
/// </summary>
/// <param name="namespace">The namespace, with the leading slash. Default <c>/</c>, the main namespace.</param>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ClientToServerAttribute(string @namespace = "/") : Attribute
{
    /// <summary>The namespace.</summary>
    public string Namespace { get; } = @namespace;
}

/// <summary>
/// The name of a contract's method on the wire. Without it: the method's name without a trailing <c>Async</c>, in camel case as the properties of the
/// data are (<c>Said</c> and <c>SaidAsync</c> are <c>said</c>). Recognised by its full name.
/// </summary>
/// <param name="name">The name, as the client writes it.</param>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class EventNameAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}
