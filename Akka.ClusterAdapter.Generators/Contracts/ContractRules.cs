using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>What a contract may not say. Each message names the member and the remedy.</summary>
internal static class ContractRules
{
    public static readonly DiagnosticDescriptor NotAnInterface = Rule("SIO101", "A contract is an interface",
        "{0} is no interface: a contract is an interface whose methods are the events, such as \"interface IChatClient {{ ValueTask Said(string text); }}\"");

    public static readonly DiagnosticDescriptor Hidden = Rule("SIO102", "A contract is visible in its assembly",
        "{0} is hidden inside another type: make it public or internal, so that generated code can use it");

    public static readonly DiagnosticDescriptor Generic = Rule("SIO103", "A contract is not generic",
        "{0} is generic, which TypeScript declarations cannot name: derive an interface from it, such as \"interface IOrders : {0}\", and use that one");

    public static readonly DiagnosticDescriptor NotAMethod = Rule("SIO104", "A contract has methods only",
        "{0} is {1}; a contract has methods only: make it a method, one for each event");

    public static readonly DiagnosticDescriptor GenericMethod = Rule("SIO105", "An event is not generic",
        "{0} is generic; the wire has no type arguments: declare the type that is sent, or JsonElement for any");

    public static readonly DiagnosticDescriptor ByReference = Rule("SIO106", "Nothing is passed by reference",
        "The parameter {1} of {0} is passed by reference; nothing comes back that way: take ref, out or in away, and return what the client answers");

    public static readonly DiagnosticDescriptor NotATask = Rule("SIO107", "An event to clients returns a task",
        "{0} returns {1}: return ValueTask for an event, or ValueTask<T> when the client answers");

    public static readonly DiagnosticDescriptor SameName = Rule("SIO108", "Event names differ",
        "{0} and {1} would both be the event \"{2}\": rename one, or mark it with [EventName(\"…\")]");

    public static readonly DiagnosticDescriptor Reserved = Rule("SIO109", "An event has a name of its own",
        "{0} would be the event \"{1}\", which {2}: rename it, or mark it with [EventName(\"…\")]");

    public static readonly DiagnosticDescriptor Taken = Rule("SIO110", "An event is not called like a step of the operators",
        "{0} would be hidden by the operators' own {1}: rename it, and keep the wire's name with [EventName(\"{2}\")]");

    public static readonly DiagnosticDescriptor HasBody = Rule("SIO111", "An event to clients has no body",
        "{0} has a body, which would never run: the event is sent instead; take the body away, or make it an extension method");

    public static readonly DiagnosticDescriptor Token = Rule("SIO112", "One token, at the end",
        "{0} has {1}: give it one CancellationToken, as its last parameter");

    public static readonly DiagnosticDescriptor Unsendable = Rule("SIO113", "What is sent can be written as JSON",
        "{1} of {0} is {2}, which System.Text.Json cannot send: {3}");

    public static readonly DiagnosticDescriptor NotAHandler = Rule("SIO114", "Events of clients are handled by a SocketHandler",
        "{0} is marked [ClientToServer] and is neither an interface nor a SocketHandler: derive it from SocketHandler, "
        + "or mark the interface that it implements");

    private static readonly Dictionary<string, DiagnosticDescriptor> All = new DiagnosticDescriptor[]
    {
        NotAnInterface, Hidden, Generic, NotAMethod, GenericMethod, ByReference, NotATask, SameName, Reserved, Taken, HasBody, Token, Unsendable, NotAHandler,
    }.ToDictionary(static rule => rule.Id);

    public static DiagnosticDescriptor Of(string id) => All[id];

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Akka.ClusterAdapter.Contracts", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
