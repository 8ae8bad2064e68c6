using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>Reads a contract from its symbol and finds what cannot work.</summary>
internal sealed class ContractReader
{
    private static readonly string[] ViewTypes = ["BroadcastOperator`1", "SocketOperator`1", "Namespace`1", "Socket`1", "AnswersOperator`1"];

    private readonly Compilation? _compilation;
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();
    private readonly Dictionary<string, string> _events = new(StringComparer.Ordinal);
    private Location? _fallback;

    /// <param name="compilation">Who uses it; null for what clients say, of which nothing is made.</param>
    public ContractReader(Compilation? compilation) => _compilation = compilation;

    /// <summary>What the server says.</summary>
    /// <param name="type">The interface.</param>
    /// <param name="location">Where errors are shown when the interface is that of another assembly.</param>
    public Contract ReadSpoken(INamedTypeSymbol type, Location location)
    {
        _fallback = location;
        if (Refuse(type))
            return Of(type, isWritten: false, []);
        var taken = OperatorNames();
        var methods = ReadMethods(type, method => ReadSpoken(method, taken));
        return Of(type, IsToBeWritten(type), methods);
    }

    /// <summary>What clients say: nothing is written, its mistakes are reported.</summary>
    public static Contract ReadHeard(INamedTypeSymbol type)
    {
        var reader = new ContractReader(null) { _fallback = type.Locations.FirstOrDefault() };
        if (type.TypeKind == TypeKind.Interface)
            reader.ReadMethods(type, reader.ReadHeardMethod);
        else if (!IsHandler(type))
            reader.Report(type, ContractRules.NotAHandler, type.Name);
        return reader.Of(type, isWritten: false, []);
    }

    private static bool IsHandler(INamedTypeSymbol type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor is { Name: "SocketHandler", TypeParameters.Length: 0 }
                && ancestor.ContainingNamespace.ToDisplayString() == "Akka.ClusterAdapter.Server")
                return true;
        }

        return false;
    }

    private bool Refuse(INamedTypeSymbol type)
    {
        if (type.TypeKind != TypeKind.Interface)
            Report(type, ContractRules.NotAnInterface, type.Name);
        else if (type.IsGenericType)
            Report(type, ContractRules.Generic, type.ToDisplayString(Names.Short));
        else if (!Names.IsSeenInItsAssembly(type))
            Report(type, ContractRules.Hidden, type.Name);
        else
            return false;
        return true;
    }

    private ImmutableArray<ContractMethod> ReadMethods(INamedTypeSymbol type, Func<IMethodSymbol, ContractMethod?> read)
    {
        var methods = ImmutableArray.CreateBuilder<ContractMethod>();
        foreach (var member in type.AllInterfaces.Where(static part => !IsOfTheRuntime(part))
            .Reverse().Append(type).SelectMany(static part => part.GetMembers()))
        {
            if (member.IsStatic || member.DeclaredAccessibility == Accessibility.Private
                || member is INamedTypeSymbol or IMethodSymbol { MethodKind: not MethodKind.Ordinary })
                continue;
            if (member is not IMethodSymbol method)
                Report(member, ContractRules.NotAMethod, Names.Of(member), member is IEventSymbol ? "an event of C#" : "a property");
            else if (!method.ExplicitInterfaceImplementations.IsEmpty)
                continue;
            else if (read(method) is { } made)
                methods.Add(made);
        }

        return methods.ToImmutable();
    }

    /// <summary>What .NET has is no event: Dispose.</summary>
    private static bool IsOfTheRuntime(INamedTypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString() is { } home && (home == "System" || home.StartsWith("System.", StringComparison.Ordinal));

    private ContractMethod? ReadSpoken(IMethodSymbol method, HashSet<string> taken)
    {
        var before = _problems.Count;
        var eventName = ReadName(method);
        if (taken.Contains(method.Name))
            Report(method, ContractRules.Taken, Names.Of(method), method.Name, eventName);
        if (!method.IsAbstract)
            Report(method, ContractRules.HasBody, Names.Of(method));
        var isTask = TaskKinds.TryRead(method.ReturnType, out var isValueTask, out var result);
        if (!isTask)
            Report(method, ContractRules.NotATask, Names.Of(method), method.ReturnsVoid ? "void" : method.ReturnType.ToDisplayString(Names.Short));
        if (result is not null)
            CheckSendable(method, "The result", result);
        var parameters = ReadParameters(method);
        if (_problems.Count > before)
            return null;
        return new(method.Name, eventName, method.OriginalDefinition.GetDocumentationCommentId() ?? "", result?.ToDisplayString(Names.Full),
            result is not null && Names.IsNullable(result), isValueTask, new(parameters));
    }

    private ContractMethod? ReadHeardMethod(IMethodSymbol method)
    {
        ReadName(method);
        if (TaskKinds.TryRead(method.ReturnType, out _, out var result) ? result is not null : !method.ReturnsVoid)
            CheckSendable(method, "The result", result ?? method.ReturnType);
        ReadParameters(method);
        return null;
    }

    private string ReadName(IMethodSymbol method)
    {
        var name = Names.EventNameOf(method);
        if (name.Length == 0 || WireNames.IsReserved(name))
            Report(method, ContractRules.Reserved, Names.Of(method), name, name.Length == 0 ? "is no name" : "belongs to Socket.IO itself");
        else if (_events.TryGetValue(name, out var other))
            Report(method, ContractRules.SameName, other, Names.Of(method), name);
        else
            _events.Add(name, Names.Of(method));
        if (method.IsGenericMethod)
            Report(method, ContractRules.GenericMethod, Names.Of(method));
        return name;
    }

    private ImmutableArray<ContractParameter> ReadParameters(IMethodSymbol method)
    {
        var parameters = ImmutableArray.CreateBuilder<ContractParameter>(method.Parameters.Length);
        foreach (var parameter in method.Parameters)
        {
            var kind = Names.IsToken(parameter.Type) ? ParameterKind.Token : parameter.IsParams ? ParameterKind.Arguments : ParameterKind.Argument;
            if (parameter.RefKind != RefKind.None)
                Report(parameter, ContractRules.ByReference, Names.Of(method), parameter.Name);
            else if (kind == ParameterKind.Token && parameter.Ordinal < method.Parameters.Length - 1)
                Report(parameter, ContractRules.Token, Names.Of(method), $"a CancellationToken, {parameter.Name}, in front of other parameters");
            else if (kind != ParameterKind.Token)
                CheckSendable(method, $"The parameter {parameter.Name}", parameter.Type, parameter);
            parameters.Add(Names.Parameter(parameter, kind));
        }

        return parameters.MoveToImmutable();
    }

    private void CheckSendable(IMethodSymbol method, string what, ITypeSymbol type, ISymbol? place = null)
    {
        if (!method.IsGenericMethod && Unsendable.Find(type) is var (name, remedy))
            Report(place ?? method, ContractRules.Unsendable, Names.Of(method), what, name, remedy);
    }

    private HashSet<string> OperatorNames()
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { "Equals", "GetHashCode", "GetType", "ToString" };
        foreach (var view in ViewTypes)
        {
            var members = _compilation?.GetTypeByMetadataName("Akka.ClusterAdapter.Server." + view)?.GetMembers() ?? [];
            names.UnionWith(members.Where(static member => member is { IsStatic: false, DeclaredAccessibility: Accessibility.Public })
                .Select(static member => member.Name));
        }

        return names;
    }

    /// <summary>Here, unless the interface's own assembly has made them for everybody.</summary>
    private bool IsToBeWritten(INamedTypeSymbol type) =>
        SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _compilation!.Assembly)
        || type.ContainingAssembly.GetTypeByMetadataName(Names.ClassOf(type)) is not { } made
        || !_compilation.IsSymbolAccessibleWithin(made, _compilation.Assembly);

    private Contract Of(INamedTypeSymbol type, bool isWritten, ImmutableArray<ContractMethod> methods)
    {
        var isPublic = _compilation is not null
            && SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _compilation.Assembly)
            && Names.IsSeenEverywhere(type);
        return new(type.ToDisplayString(Names.Full), Names.ClassOf(type), isPublic, isWritten, new(methods), new(_problems.ToImmutable()));
    }

    private void Report(ISymbol symbol, DiagnosticDescriptor rule, params string[] arguments) =>
        _problems.Add(Problem.At(symbol.Locations.FirstOrDefault(static location => location.IsInSource) ?? _fallback, rule, arguments));
}
