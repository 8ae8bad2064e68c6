namespace Akka.ClusterAdapter.Server;

/// <summary>An event with one argument of a known type, declared once and used by senders and handlers alike.</summary>
/// <param name="Name">The event's name on the wire.</param>
/// <typeparam name="T">Its argument.</typeparam>
public sealed record Event<T>(string Name);

/// <summary>An event with one argument whose receiver answers.</summary>
/// <param name="Name">The event's name on the wire.</param>
/// <typeparam name="T">Its argument.</typeparam>
/// <typeparam name="TAck">First value of the answer.</typeparam>
public sealed record Event<T, TAck>(string Name);
