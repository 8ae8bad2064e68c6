using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>Collects every type that a handle or a signature names; nested types count as their outermost one.</summary>
/// <remarks>What the decoder passes around says one thing only: whether the type is <see cref="Type"/>, whose values are stored as text.</remarks>
internal sealed class NamedTypes(MetadataReader metadata)
    : ISignatureTypeProvider<bool, object?>, ICustomAttributeTypeProvider<bool>
{
    private HashSet<TypeUse> _found = [];

    /// <summary>What was collected since the last call.</summary>
    public HashSet<TypeUse> Take() => Interlocked.Exchange(ref _found, []);

    public void Add(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition: AddDefinition((TypeDefinitionHandle)handle); break;
            case HandleKind.TypeReference: AddReference((TypeReferenceHandle)handle); break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                break;
            case HandleKind.StandaloneSignature: Add((StandaloneSignatureHandle)handle); break;
            case HandleKind.FieldDefinition: Add(metadata.GetFieldDefinition((FieldDefinitionHandle)handle)); break;
            case HandleKind.MethodDefinition: Add(metadata.GetMethodDefinition((MethodDefinitionHandle)handle)); break;
            case HandleKind.MemberReference: Add(metadata.GetMemberReference((MemberReferenceHandle)handle)); break;
            case HandleKind.MethodSpecification:
                var method = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(method.Method);
                method.DecodeSignature(this, null);
                break;
        }
    }

    public void Add(FieldDefinition field)
    {
        AddDefinition(field.GetDeclaringType());
        field.DecodeSignature(this, null);
    }

    public void Add(MethodDefinition method)
    {
        AddDefinition(method.GetDeclaringType());
        method.DecodeSignature(this, null);
    }

    /// <summary>The attribute's own type and every <c>typeof</c> among its arguments.</summary>
    public void Add(CustomAttribute attribute)
    {
        Add(attribute.Constructor);
        attribute.DecodeValue(this);
    }

    private void Add(MemberReference member)
    {
        Add(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Field)
            member.DecodeFieldSignature(this, null);
        else
            member.DecodeMethodSignature(this, null);
    }

    private void Add(StandaloneSignatureHandle handle)
    {
        var signature = metadata.GetStandaloneSignature(handle);
        if (signature.GetKind() == StandaloneSignatureKind.LocalVariables)
            signature.DecodeLocalSignature(this, null);
        else
            signature.DecodeMethodSignature(this, null);
    }

    private void AddDefinition(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        _found.Add(new(string.Empty, metadata.GetString(type.Namespace), metadata.GetString(type.Name)));
    }

    private void AddReference(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
            type = metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        var assembly = type.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name)
            : string.Empty;
        _found.Add(new(assembly, metadata.GetString(type.Namespace), metadata.GetString(type.Name)));
    }

    // An attribute's typeof(X) is stored as text: "Name.Space.Outer+Inner, Assembly, Version=..." or, for this assembly, without the tail.
    public bool GetTypeFromSerializedName(string name)
    {
        var parts = name.Split(',', 3, StringSplitOptions.TrimEntries);
        var full = parts[0].Split('+', '[', '`')[0];
        var dot = full.LastIndexOf('.');
        _found.Add(new(parts.Length > 1 ? parts[1] : string.Empty, dot < 0 ? string.Empty : full[..dot], full[(dot + 1)..]));
        return false;
    }

    public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        AddDefinition(handle);
        return false;
    }

    public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        AddReference(handle);
        var type = reader.GetTypeReference(handle);
        return reader.StringComparer.Equals(type.Name, "Type") && reader.StringComparer.Equals(type.Namespace, "System");
    }

    public bool GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind)
    {
        Add(handle);
        return false;
    }

    // Everything else is built of the parts above, which the decoder has already handed over.
    public bool GetArrayType(bool elementType, ArrayShape shape) => false;
    public bool GetByReferenceType(bool elementType) => false;
    public bool GetFunctionPointerType(MethodSignature<bool> signature) => false;
    public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;
    public bool GetGenericMethodParameter(object? genericContext, int index) => false;
    public bool GetGenericTypeParameter(object? genericContext, int index) => false;
    public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;
    public bool GetPinnedType(bool elementType) => false;
    public bool GetPointerType(bool elementType) => false;
    public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;
    public bool GetSZArrayType(bool elementType) => false;
    public bool GetSystemType() => true;
    public bool IsSystemType(bool type) => type;
    public PrimitiveTypeCode GetUnderlyingEnumType(bool type) => PrimitiveTypeCode.Int32;
}
