using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>One place in the assembly (a type or a member, by name) and a type it names.</summary>
internal readonly record struct Use(TypeUse From, string Place, TypeUse To);

/// <summary>
/// Reads what every type of a compiled assembly names: bases, interfaces, constraints, attributes, signatures, locals, catch clauses and
/// every instruction of every body, lambdas and state machines included. A check of <c>using</c> lines would be blind:
/// inside <c>Akka.*</c> namespaces the types of Akka are visible without any.
/// </summary>
internal sealed class AssemblyUses : IDisposable
{
    private readonly PEReader _image;
    private readonly MetadataReader _metadata;
    private readonly NamedTypes _named;

    public AssemblyUses(string path)
    {
        _image = new PEReader(File.OpenRead(path));
        _metadata = _image.GetMetadataReader();
        _named = new NamedTypes(_metadata);
    }

    /// <summary>Every outermost type that the assembly defines, and whether a compiler wrote it.</summary>
    public IEnumerable<(TypeUse Type, bool Generated)> Types() =>
        from handle in _metadata.TypeDefinitions
        let type = _metadata.GetTypeDefinition(handle)
        where type.GetDeclaringType().IsNil
        select (Outermost(handle), IsGenerated(type));

    public IEnumerable<Use> Uses() => _metadata.TypeDefinitions.SelectMany(UsesOf).Distinct();

    public void Dispose() => _image.Dispose();

    private IEnumerable<Use> UsesOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var from = Outermost(handle);
        AddShape(type);
        foreach (var to in _named.Take())
            yield return new(from, Name(type.Name), to);

        foreach (var methodHandle in type.GetMethods())
        {
            var method = _metadata.GetMethodDefinition(methodHandle);
            AddMethod(method);
            foreach (var to in _named.Take())
                yield return new(from, $"{Name(type.Name)}.{Name(method.Name)}", to);
        }
    }

    private void AddShape(TypeDefinition type)
    {
        if (!type.BaseType.IsNil)
            _named.Add(type.BaseType);
        foreach (var handle in type.GetInterfaceImplementations())
            _named.Add(_metadata.GetInterfaceImplementation(handle).Interface);
        AddParameters(type.GetGenericParameters());
        AddAttributes(type.GetCustomAttributes());
        foreach (var handle in type.GetFields())
        {
            var field = _metadata.GetFieldDefinition(handle);
            _named.Add(field);
            AddAttributes(field.GetCustomAttributes());
        }
        foreach (var handle in type.GetProperties())
            AddAttributes(_metadata.GetPropertyDefinition(handle).GetCustomAttributes());
        foreach (var handle in type.GetEvents())
            AddAttributes(_metadata.GetEventDefinition(handle).GetCustomAttributes());
    }

    private void AddMethod(MethodDefinition method)
    {
        _named.Add(method);
        AddParameters(method.GetGenericParameters());
        AddAttributes(method.GetCustomAttributes());
        foreach (var handle in method.GetParameters())
            AddAttributes(_metadata.GetParameter(handle).GetCustomAttributes());
        if (method.RelativeVirtualAddress == 0)
            return;
        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            _named.Add(body.LocalSignature);
        foreach (var region in body.ExceptionRegions)
            if (!region.CatchType.IsNil)
                _named.Add(region.CatchType);
        foreach (var handle in IlTokens.Read(body))
            _named.Add(handle);
    }

    private void AddParameters(GenericParameterHandleCollection parameters)
    {
        foreach (var parameter in parameters.Select(_metadata.GetGenericParameter))
        {
            AddAttributes(parameter.GetCustomAttributes());
            foreach (var handle in parameter.GetConstraints())
                _named.Add(_metadata.GetGenericParameterConstraint(handle).Type);
        }
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var handle in attributes)
            _named.Add(_metadata.GetCustomAttribute(handle));
    }

    private TypeUse Outermost(TypeDefinitionHandle handle)
    {
        _named.Add(handle);
        return _named.Take().Single();
    }

    private bool IsGenerated(TypeDefinition type) =>
        Name(type.Name).StartsWith('<') || type.GetCustomAttributes().Any(handle =>
        {
            _named.Add(_metadata.GetCustomAttribute(handle).Constructor);
            return _named.Take().Any(use => use.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute");
        });

    private string Name(StringHandle handle) => _metadata.GetString(handle);
}
