namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>Names in TypeScript: those of C# where they are free.</summary>
internal static class DeclaredNames
{
    /// <summary>What a declaration must not hide, and what is no name.</summary>
    public static readonly string[] Reserved =
    [
        WireTypes.Binary, "ArrayBuffer", "Uint8Array", "ServerToClientEvents", "ClientToServerEvents",
        "any", "boolean", "never", "null", "number", "object", "string", "symbol", "bigint", "undefined", "unknown", "void",
        "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum", "export", "extends", "false", "finally",
        "for", "function", "if",
        "import", "in", "instanceof", "new", "return", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "while", "with",
        "await", "async", "implements", "interface", "let", "package", "private", "protected", "public", "static", "yield", "type",
    ];

    private static readonly HashSet<string> NoParameter = new(Reserved, StringComparer.Ordinal) { "arguments", "eval" };

    /// <summary>The type's name; with what surrounds it where another has that name already. The shape of a union needs one too.</summary>
    public static string Choose(Type definition, HashSet<string> taken)
    {
        var name = Simple(definition);
        for (var outside = definition.DeclaringType; !IsFree(name, taken) && outside is not null; outside = outside.DeclaringType)
            name = Simple(outside) + name;
        foreach (var part in definition.Namespace?.Split('.').Reverse() ?? [])
        {
            if (!IsFree(name, taken))
                name = part + name;
        }

        for (var (plain, number) = (name, 2); !IsFree(name, taken); number++)
            name = plain + number;
        taken.Add(name);
        taken.Add(name + "Shape");
        return name;
    }

    /// <summary>A parameter, or a property's or event's key.</summary>
    public static string Parameter(string? name, int position) =>
        name is null || !IsIdentifier(name) ? $"arg{position + 1}" : NoParameter.Contains(name) ? name + "_" : name;

    public static string Key(string name) => IsIdentifier(name) ? name : Text(name);

    /// <summary>A string literal.</summary>
    public static string Text(string value) => System.Text.Json.JsonSerializer.Serialize(value, TextOptions);

    /// <summary>A namespace's name as the beginning of others: <c>/chat-room</c> is <c>ChatRoom</c>.</summary>
    public static string Prefix(string @namespace)
    {
        var words = new string([.. @namespace.Select(static letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = string.Concat(words.Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));
        return name.Length > 0 && char.IsAsciiDigit(name[0]) ? "_" + name : name;
    }

    private static System.Text.Json.JsonSerializerOptions TextOptions { get; } =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static bool IsFree(string name, HashSet<string> taken) => !taken.Contains(name) && !taken.Contains(name + "Shape");

    private static string Simple(Type type) => type.Name.Split('`')[0];

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static letter => char.IsLetterOrDigit(letter) || letter is '_' or '$');
}
