using System.Globalization;
using System.Reflection;
using System.Text;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>The whole file.</summary>
internal sealed class Declarations
{
    private readonly StringBuilder _text = new();
    private readonly Warnings _warnings;
    private readonly bool _hasFailures;
    private readonly TypeMapper _mapper;

    private Declarations(TypesOptions options, Warnings warnings)
    {
        _warnings = warnings;
        _hasFailures = options.AckErrors;
        _mapper = new(options, warnings);
        if (_hasFailures)
            _mapper.Reserve(Failures.Name);
    }

    /// <exception cref="UsageException">The assembly cannot be read, or has no contract.</exception>
    public static string Of(TypesOptions options, Warnings warnings)
    {
        try
        {
            using var loaded = LoadedAssembly.Read(options);
            return new Declarations(options, warnings).Write(loaded.Assembly);
        }
        catch (Exception e) when (e is FileNotFoundException or TypeLoadException)
        {
            throw new UsageException($"{options.Assembly} refers to an assembly that was not found ({e.Message}): name it, or its folder, with --reference.");
        }
    }

    private string Write(Assembly assembly)
    {
        var contracts = Contracts.Find(assembly, _warnings);
        if (contracts.Count == 0)
        {
            throw new UsageException(
                $"{assembly.GetName().Name} has no contract: mark the interface of what the server says with [ServerToClient(\"/name\")], "
                + "and that of what clients say with [ClientToServer(\"/name\")].");
        }

        var prefixes = Prefixes(contracts);
        foreach (var contract in contracts)
            WriteEvents(contract, prefixes[contract]);
        while (_mapper.TryTakeNew(out var definition))
            WriteType(definition);
        var head = $"// Written by \"dotnet socketio types\" from {assembly.GetName().Name}.dll. Do not edit: change the C#, and build.\n\n";
        return head + (_mapper.UsesBinary
            ? "/** What arrives beside the JSON: a Buffer in Node, an ArrayBuffer in a browser; `new Uint8Array(value)` takes both. */\n"
                + "export type Binary = ArrayBuffer | Uint8Array;\n\n"
            : "")
            + (_hasFailures ? Failures.Declaration : "") + _text.ToString().TrimEnd('\n') + "\n";
    }

    private Dictionary<NamespaceContracts, string> Prefixes(IEnumerable<NamespaceContracts> contracts)
    {
        var prefixes = new Dictionary<NamespaceContracts, string>();
        foreach (var contract in contracts)
        {
            var (plain, number) = (DeclaredNames.Prefix(contract.Name), 2);
            var prefix = plain;
            while (prefixes.ContainsValue(prefix))
                prefix = plain + number++.ToString(CultureInfo.InvariantCulture);
            prefixes.Add(contract, prefix);
            _mapper.Reserve(prefix + "ServerToClientEvents");
            _mapper.Reserve(prefix + "ClientToServerEvents");
        }

        return prefixes;
    }

    private void WriteEvents(NamespaceContracts contract, string prefix)
    {
        var reader = new EventReader(_mapper, _warnings, _hasFailures);
        WriteEvents($"What the server says in \"{contract.Name}\".", prefix + "ServerToClientEvents", reader.Read(contract.Spoken, isHeard: false));
        WriteEvents($"What clients say in \"{contract.Name}\".", prefix + "ClientToServerEvents", reader.Read(contract.Heard, isHeard: true));
    }

    private void WriteEvents(string comment, string name, IEnumerable<(string Name, string Function)> events)
    {
        _text.Append(CultureInfo.InvariantCulture, $"/** {comment.Replace("*/", "*\\/", StringComparison.Ordinal)} */\nexport interface {name} {{\n");
        foreach (var (key, function) in events)
            _text.Append(CultureInfo.InvariantCulture, $"  {DeclaredNames.Key(key)}: {function};\n");
        _text.Append("}\n\n");
    }

    private void WriteType(Type definition)
    {
        var name = _mapper.NameOf(definition);
        if (definition.IsEnum)
            _text.Append(CultureInfo.InvariantCulture, $"{EnumValues.Comment(definition, _mapper.FormOf(definition))}export type {name} "
                + $"= {EnumValues.Of(definition, _mapper.FormOf(definition))};\n\n");
        else if (Polymorphism.Of(definition) is { } polymorphism)
            WriteUnion(definition, name, polymorphism);
        else
            WriteShape(definition, name);
    }

    /// <summary>What a declared base type may be, each with its discriminator; the base itself where it can be made.</summary>
    private void WriteUnion(Type definition, string name, Polymorphism polymorphism)
    {
        var key = DeclaredNames.Key(polymorphism.Key);
        var parts = polymorphism.Derived.Select(derived =>
        {
            var shape = derived.Type == definition ? name + "Shape" + Parameters(definition) : _mapper.ShapeOf(TypeRef.Of(derived.Type), derived.Type.Name);
            return derived.Discriminator is null ? shape : $"({{ {key}: {derived.Discriminator} }} & {shape})";
        }).ToList();
        if (definition is { IsAbstract: false, IsInterface: false } && polymorphism.Derived.All(derived => derived.Type != definition))
            parts.Add(name + "Shape" + Parameters(definition));
        _text.Append(CultureInfo.InvariantCulture, $"export type {name}{Parameters(definition)} = {string.Join(" | ", parts)};\n\n");
        WriteShape(definition, name + "Shape");
    }

    private void WriteShape(Type definition, string name)
    {
        _text.Append(CultureInfo.InvariantCulture, $"export interface {name}{Parameters(definition)} {{\n");
        foreach (var property in Shape.Of(definition))
        {
            var type = new PropertyMapper(_mapper, _warnings).Map(property, definition);
            _text.Append(
                property.IsRest ? "  [key: string]: unknown;\n" : $"  {DeclaredNames.Key(property.Name)}{(property.IsOptional ? "?" : "")}: {type};\n");
        }

        _text.Append("}\n\n");
    }

    private static string Parameters(Type definition) =>
        definition.IsGenericType ? $"<{string.Join(", ", definition.GetGenericArguments().Select(static parameter => parameter.Name))}>" : "";
}
