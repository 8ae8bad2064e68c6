using System.Text;

namespace Akka.ClusterAdapter.Faults.Fuzz;

/// <summary>
/// Inputs that are tried first and changed from there: one a line in <c>Corpus/NAME.txt</c>, beside the program. <c>hex:</c> is
/// bytes, ␤ a line feed, ␞ the separator of Engine.IO.
/// </summary>
internal static class Corpus
{
    public static IReadOnlyList<byte[]> Of(string target, string? folder = null)
    {
        var file = Path.Combine(folder ?? Path.Combine(AppContext.BaseDirectory, "Corpus"), target + ".txt");
        return File.Exists(file) ? [.. File.ReadAllLines(file).Where(line => line.Length > 0).Select(Bytes)] : [];
    }

    private static byte[] Bytes(string line) => line.StartsWith("hex:", StringComparison.Ordinal)
        ? Convert.FromHexString(line.AsSpan(4))
        : Encoding.UTF8.GetBytes(line.Replace('␤', '\n').Replace('␞', '\u001e'));
}
