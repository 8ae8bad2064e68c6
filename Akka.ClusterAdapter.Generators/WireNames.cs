namespace Akka.ClusterAdapter.Generators;

/// <summary>The library's rule for names on the wire, once more: a compiler cannot load the library. A test compares the two.</summary>
internal static class WireNames
{
    private const string Suffix = "Async";

    /// <summary>A method's name without <c>Async</c>, in camel case as System.Text.Json has it.</summary>
    public static string Of(string methodName)
    {
        var name = methodName.Length > Suffix.Length && methodName.EndsWith(Suffix, StringComparison.Ordinal)
            ? methodName.Substring(0, methodName.Length - Suffix.Length)
            : methodName;
        return CamelCase(name);
    }

    /// <summary>Names that belong to the library.</summary>
    public static bool IsReserved(string name) => name is
        "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener";

    private static string CamelCase(string name)
    {
        var chars = name.ToCharArray();
        for (var i = 0; i < chars.Length; i++)
        {
            if (i == 0 ? !char.IsUpper(chars[i]) : i == 1 && !char.IsUpper(chars[i]))
                break;
            var isLastOfItsRun = i > 0 && i + 1 < chars.Length && !char.IsUpper(chars[i + 1]);
            if (isLastOfItsRun)
            {
                if (chars[i + 1] == ' ')
                    chars[i] = char.ToLowerInvariant(chars[i]);
                break;
            }

            chars[i] = char.ToLowerInvariant(chars[i]);
        }

        return new string(chars);
    }
}
