namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>Types of C# as types of TypeScript, as System.Text.Json writes them with web defaults; collects what must be declared.</summary>
internal sealed class TypeMapper(TypesOptions options, Warnings warnings)
{
    private readonly Dictionary<Type, string> _names = [];
    private readonly Queue<Type> _new = new();
    private readonly HashSet<string> _taken = new(DeclaredNames.Reserved, StringComparer.Ordinal);

    /// <summary>Whether <see cref="WireTypes.Binary"/> must be declared.</summary>
    public bool UsesBinary { get; private set; }

    /// <summary>Keeps a name for something else.</summary>
    public void Reserve(string name) => _taken.Add(name);

    /// <summary>The next type that must be declared, once.</summary>
    public bool TryTakeNew(out Type definition) => _new.TryDequeue(out definition!);

    /// <summary>The declared name of a definition.</summary>
    public string NameOf(Type definition)
    {
        if (!_names.TryGetValue(definition, out var name))
        {
            _names.Add(definition, name = DeclaredNames.Choose(definition, _taken));
            _new.Enqueue(definition);
        }

        return name;
    }

    /// <summary>The type, null included where it may be.</summary>
    /// <param name="type">As it is declared.</param>
    /// <param name="where">The member, for warnings.</param>
    /// <param name="numbers">How numbers are written there.</param>
    public string Map(TypeRef type, string where, NumberForm numbers = NumberForm.Plain)
    {
        var mapped = MapValue(type, where, numbers);
        return type.IsNullable && mapped != WireTypes.Unknown ? mapped + " | null" : mapped;
    }

    /// <summary>The shape of a type where it is not what is declared: without the union of its derived types.</summary>
    public string ShapeOf(TypeRef type, string where) =>
        NameOf(type.Definition) + (Polymorphism.Of(type.Definition) is null ? "" : "Shape") + MapArguments(type, where);

    private string MapValue(TypeRef type, string where, NumberForm numbers)
    {
        if (type.Type.IsGenericParameter)
            return type.Type.Name;
        if (WireTypes.IsBinary(type))
        {
            UsesBinary = true;
            return WireTypes.Binary;
        }

        if (WireTypes.IsNumber(type.Name))
            return Number(type.Name, numbers);
        if (type.Type.IsEnum)
            return MapEnum(type, where, numbers);
        return WireTypes.Find(type.Name) ?? MapConverted(type, where) ?? MapCollection(type, where, numbers) ?? MapObject(type, where);
    }

    private static string Number(string name, NumberForm form) => form switch
    {
        NumberForm.Text => "string",
        NumberForm.Named when WireTypes.HasNotANumber(name) => "number | \"NaN\" | \"Infinity\" | \"-Infinity\"",
        _ => "number",
    };

    private string MapEnum(TypeRef type, string where, NumberForm numbers)
    {
        if (Attributes.Converter(type.Type) is { } converter && !Attributes.IsPlainEnumConverter(converter))
            return Inexpressible(
                where,
                $"{type.Type.Name} is written by {converter.Name}; JsonStringEnumConverter itself, with JsonStringEnumMemberName for other names, could be.");
        return NameOf(type.Type);
    }

    /// <summary>How an enum is written, because of the type or of the server's options.</summary>
    public EnumForm FormOf(Type type) => Attributes.Converter(type) is null ? options.Enums : EnumForm.Names;

    private string? MapConverted(TypeRef type, string where) => Attributes.Converter(type.Definition) is { } converter
        ? Inexpressible(where, $"{type.Type.Name} is written by {converter.Name}, which the tool does not run.")
        : null;

    private string? MapCollection(TypeRef type, string where, NumberForm numbers)
    {
        if (type.Type.IsArray && !type.Type.IsSZArray)
            return Inexpressible(where, "System.Text.Json cannot write arrays of more than one dimension; use an array of arrays.");
        if (Collections.Dictionary(type) is var (key, value))
        {
            return WireTypes.IsKey(key) || key.Type.IsGenericParameter
                ? $"{{ [key: string]: {Map(value, where, numbers)} }}"
                : Inexpressible(where, $"System.Text.Json has no keys of the type {key.Type.Name}; use string.");
        }

        if (Collections.IsUntypedDictionary(type))
            return "{ [key: string]: unknown }";
        if (Collections.Element(type) is not { } element)
            return Collections.IsUntyped(type) ? "unknown[]" : null;
        var mapped = Map(element, where, numbers);
        return mapped.Contains(' ') ? $"({mapped})[]" : mapped + "[]";
    }

    private string MapObject(TypeRef type, string where)
    {
        if (Refusal(type) is { } why)
            return Inexpressible(where, why);
        // T[] is no list of numbers where T is a byte, and a declaration with a parameter cannot tell.
        if (type.Arguments.Any(static argument => argument.Name == "System.Byte") && Shape.HasSequenceOfParameter(type.Definition))
            return Inexpressible(where, $"{type.Definition.Name.Split('`')[0]}<byte> has binary where others have arrays; use a type of its own.");
        return NameOf(type.Definition) + MapArguments(type, where);
    }

    private static string? Refusal(TypeRef type)
    {
        var definition = type.Definition;
        if (definition.FullName is "System.Collections.Generic.KeyValuePair`2"
            || definition.FullName?.StartsWith("System.Tuple`", StringComparison.Ordinal) == true)
            return null;
        if (definition.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
            return "System.Text.Json writes value tuples as {}; use a record.";
        if (definition.FullName == "System.Collections.Generic.IAsyncEnumerable`1")
            return "an asynchronous sequence cannot be written into a packet; use a list.";
        if (definition.BaseType?.FullName is "System.MulticastDelegate" || definition.IsPointer || definition.IsByRefLike)
            return $"System.Text.Json cannot write {definition.Name}.";
        return WireTypes.IsOfTheRuntime(definition) ? $"the tool does not know how {definition.FullName} is written; use a type of your own." : null;
    }

    private string MapArguments(TypeRef type, string where) =>
        type.Arguments.Length == 0 ? "" : $"<{string.Join(", ", type.Arguments.Select(argument => Map(argument, where)))}>";

    private string Inexpressible(string where, string why)
    {
        warnings.Inexpressible(where, why);
        return WireTypes.Unknown;
    }
}

/// <summary>How numbers are written: <c>JsonNumberHandling</c>.</summary>
internal enum NumberForm
{
    Plain,
    Text,
    Named,
}
