using Microsoft.CodeAnalysis;

namespace Akka.ClusterAdapter.CodeFixes;

/// <summary>Whether a change compiles. What would not is not offered.</summary>
internal static class Trial
{
    /// <summary>No document has more errors than before.</summary>
    public static async Task<bool> CompilesAsync(Solution before, Solution after, IEnumerable<DocumentId> documents, CancellationToken ct)
    {
        foreach (var id in documents.Distinct())
        {
            if (await ErrorsAsync(after, id, ct).ConfigureAwait(false) > await ErrorsAsync(before, id, ct).ConfigureAwait(false))
                return false;
        }

        return true;
    }

    private static async Task<int> ErrorsAsync(Solution solution, DocumentId id, CancellationToken ct)
    {
        var model = await solution.GetDocument(id)!.GetSemanticModelAsync(ct).ConfigureAwait(false);
        return model!.GetDiagnostics(cancellationToken: ct).Count(static found => found.DefaultSeverity == DiagnosticSeverity.Error);
    }
}
