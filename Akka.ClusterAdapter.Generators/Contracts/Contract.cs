using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>An interface of what one side says, as far as code and errors are made from it. Holds no symbol.</summary>
/// <param name="FullName">Its name in generated code.</param>
/// <param name="ClassName">The generated class; unique for the interface.</param>
/// <param name="IsPublic">Whether other assemblies see the methods.</param>
/// <param name="IsWritten">False where another assembly has the methods already, or none are to be made.</param>
/// <param name="Methods">Those that can be made.</param>
/// <param name="Problems">What cannot work.</param>
internal sealed record Contract(
    string FullName, string ClassName, bool IsPublic, bool IsWritten, EquatableArray<ContractMethod> Methods, EquatableArray<Problem> Problems);

/// <summary>One event.</summary>
/// <param name="Name">The method's name.</param>
/// <param name="EventName">The wire's name.</param>
/// <param name="Reference">The method as documentation refers to it.</param>
/// <param name="Result">The answer's type; null without one.</param>
/// <param name="IsResultNullable">Whether an answer of nothing will do.</param>
/// <param name="IsValueTask">Which kind of task it returns.</param>
/// <param name="Parameters">Its parameters, a token included.</param>
internal sealed record ContractMethod(
    string Name, string EventName, string Reference, string? Result, bool IsResultNullable, bool IsValueTask, EquatableArray<ContractParameter> Parameters);

/// <summary>One parameter.</summary>
/// <param name="Declaration">Type, name and default.</param>
/// <param name="Name">Its name, escaped where it must be.</param>
/// <param name="Kind">What becomes of it.</param>
internal sealed record ContractParameter(string Declaration, string Name, ParameterKind Kind);

internal enum ParameterKind
{
    Argument,
    Arguments,
    Token,
}

/// <summary>An error to report. Its rule is held by id, its place without the syntax tree.</summary>
internal sealed record Problem(string RuleId, string File, TextSpan Span, LinePositionSpan Lines, EquatableArray<string> Arguments)
{
    public static Problem At(Location? location, DiagnosticDescriptor rule, params string[] arguments)
    {
        var (file, span, lines) = location is { IsInSource: true }
            ? (location.SourceTree!.FilePath, location.SourceSpan, location.GetLineSpan().Span)
            : ("", default, default);
        return new(rule.Id, file, span, lines, new([.. arguments]));
    }

    public Diagnostic ToDiagnostic() => Diagnostic.Create(
        ContractRules.Of(RuleId), File.Length == 0 ? Location.None : Location.Create(File, Span, Lines), [.. Arguments]);
}
