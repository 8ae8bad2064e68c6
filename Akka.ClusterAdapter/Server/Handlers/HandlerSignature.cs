using System.Reflection;

namespace Akka.ClusterAdapter.Server.Handlers;

/// <summary>What a handler asks for and what it gives back.</summary>
/// <param name="Name">The handler, for messages: such as <c>ChatHandler.SayAsync</c>.</param>
/// <param name="Method">The method.</param>
/// <param name="DelegateType">The delegate's type; null for a method that is called on an instance of its class.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Result">What it returns.</param>
internal sealed record HandlerSignature(string Name, MethodInfo Method, Type? DelegateType, IReadOnlyList<HandlerParameter> Parameters, HandlerResult Result)
{
    /// <summary>True when it needs the application's services, which an event gets in a scope of its own.</summary>
    public bool NeedsServices => DelegateType is null || Parameters.Any(parameter => parameter.Source == ParameterSource.Service);
}
