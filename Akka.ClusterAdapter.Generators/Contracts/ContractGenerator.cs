using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Akka.ClusterAdapter.Generators.Contracts;

/// <summary>
/// Writes the methods of contracts: for each interface that is marked, or that a typed view is made of, extension methods on those views.
/// </summary>
[Generator(LanguageNames.CSharp)]
internal sealed class ContractGenerator : IIncrementalGenerator
{
    private const string ServerToClient = "Akka.ClusterAdapter.Server.ServerToClientAttribute";
    private const string ClientToServer = "Akka.ClusterAdapter.Server.ClientToServerAttribute";

    // The methods and types of the library whose type argument is a contract.
    private static readonly ImmutableHashSet<string> Views =
        ImmutableHashSet.Create("Of", "As", "BroadcastOperator", "SocketOperator", "Namespace", "Socket", "SocketHandler");

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var marked = context.SyntaxProvider.ForAttributeWithMetadataName(
            ServerToClient, static (node, _) => node is TypeDeclarationSyntax,
            static (found, _) => Read(found, (INamedTypeSymbol)found.TargetSymbol, found.TargetNode));
        var used = context.SyntaxProvider.CreateSyntaxProvider(static (node, _) => IsView(node), static (found, ct) => ReadUse(found, ct))
            .Where(static contract => contract is not null);
        var heard = context.SyntaxProvider.ForAttributeWithMetadataName(
            ClientToServer, static (node, _) => node is TypeDeclarationSyntax,
            static (found, _) => ContractReader.ReadHeard((INamedTypeSymbol)found.TargetSymbol));
        var contracts = marked.Collect().Combine(used.Collect()).SelectMany(static (both, _) => Distinct(both.Left, both.Right));

        context.RegisterSourceOutput(contracts, static (output, contract) => Write(output, contract));
        context.RegisterSourceOutput(heard, static (output, contract) => Report(output, contract));
    }

    private static bool IsView(SyntaxNode node) =>
        node is GenericNameSyntax { TypeArgumentList.Arguments.Count: 1, IsUnboundGenericName: false } name && Views.Contains(name.Identifier.ValueText);

    private static Contract? Read(GeneratorAttributeSyntaxContext found, INamedTypeSymbol type, SyntaxNode node) =>
        new ContractReader(found.SemanticModel.Compilation).ReadSpoken(type, node.GetLocation());

    private static Contract? ReadUse(GeneratorSyntaxContext found, CancellationToken ct)
    {
        var (definition, argument) = found.SemanticModel.GetSymbolInfo(found.Node, ct).Symbol switch
        {
            IMethodSymbol { TypeArguments.Length: 1 } method => ((ISymbol)(method.ReducedFrom ?? method).OriginalDefinition, method.TypeArguments[0]),
            INamedTypeSymbol { TypeArguments.Length: 1 } view => (view.OriginalDefinition, view.TypeArguments[0]),
            _ => default,
        };
        if (definition is null || argument is IErrorTypeSymbol || argument is not INamedTypeSymbol contract || !IsOurs(definition))
            return null;
        return new ContractReader(found.SemanticModel.Compilation)
            .ReadSpoken(contract, ((GenericNameSyntax)found.Node).TypeArgumentList.Arguments[0].GetLocation());
    }

    private static bool IsOurs(ISymbol definition)
    {
        var parameter = definition is IMethodSymbol method ? method.TypeParameters[0] : ((INamedTypeSymbol)definition).TypeParameters[0];
        return parameter.Name == "TClient" && definition.ContainingNamespace.ToDisplayString().StartsWith("Akka.ClusterAdapter", StringComparison.Ordinal);
    }

    private static IEnumerable<Contract> Distinct(ImmutableArray<Contract?> marked, ImmutableArray<Contract?> used) =>
        marked.Concat(used).OfType<Contract>().GroupBy(static contract => contract.FullName, StringComparer.Ordinal).Select(static same => same.First());

    private static void Write(SourceProductionContext output, Contract contract)
    {
        Report(output, contract);
        if (contract.IsWritten && contract.Methods.Count > 0)
            output.AddSource(Names.FileOf(contract), ContractWriter.Write(contract));
    }

    private static void Report(SourceProductionContext output, Contract contract)
    {
        foreach (var problem in contract.Problems)
            output.ReportDiagnostic(problem.ToDiagnostic());
    }
}
