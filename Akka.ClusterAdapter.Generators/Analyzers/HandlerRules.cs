using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Generators.Analyzers;

/// <summary>Mistakes that compile, and hurt later.</summary>
internal static class HandlerRules
{
    public static readonly DiagnosticDescriptor AsyncVoid = Rule("SIO201", "A handler is not async void",
        "{0} is async void: an exception in it ends the process, and nobody waits for it; let it return Task or ValueTask");

    public static readonly DiagnosticDescriptor ReservedName = Rule("SIO202", "Event names that belong to Socket.IO",
        "\"{0}\" belongs to Socket.IO itself: {1}");

    public static readonly DiagnosticDescriptor OnInHandler = Rule("SIO203", "Handlers are registered once",
        "On(\"{0}\", …) inside the handler of another event adds one more handler with each event: register it beside the other, or pass once: true");

    public static readonly DiagnosticDescriptor Dropped = Rule("SIO204", "What is sent is awaited",
        "Nobody awaits what {0} returns: its exceptions are lost, and what follows may come first; await or return it, or write \"_ = …\"");

    public static readonly DiagnosticDescriptor StaticSocket = Rule("SIO205", "Sockets are not kept in statics",
        "{0} keeps sockets after they left, and has those of this worker only: keep ids and use io.To(id), or a room, or Namespace.Sockets");

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Akka.ClusterAdapter.Handlers", DiagnosticSeverity.Warning, isEnabledByDefault: true);
}
