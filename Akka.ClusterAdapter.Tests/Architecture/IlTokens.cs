using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>Walks the instructions of a method body and yields what they name: types, methods, fields, signatures.</summary>
internal static class IlTokens
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null))
        .OfType<OpCode>()
        .ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    /// <summary>The handles named by the instructions of <paramref name="body"/>, in order.</summary>
    public static List<EntityHandle> Read(MethodBodyBlock body) =>
        [.. Instructions(body).Where(instruction => !instruction.Operand.IsNil).Select(instruction => instruction.Operand)];

    /// <summary>The instructions of <paramref name="body"/>: code and what it names, if that is a type or a member.</summary>
    public static List<(int Code, EntityHandle Operand)> Instructions(MethodBodyBlock body)
    {
        var found = new List<(int, EntityHandle)>();
        var il = body.GetILReader();
        while (il.RemainingBytes > 0)
        {
            int code = il.ReadByte();
            if (code == 0xFE)
                code = 0xFE00 | il.ReadByte();
            if (Operands[code] is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                or OperandType.InlineType or OperandType.InlineSig)
            {
                found.Add((code, MetadataTokens.EntityHandle(il.ReadInt32())));
                continue;
            }

            Skip(Operands[code], ref il);
            found.Add((code, default));
        }

        return found;
    }

    private static void Skip(OperandType operand, ref BlobReader il)
    {
        // Reading a switch's count moves the reader: the size first, then the offset.
        var size = OperandSize(operand, ref il);
        il.Offset += size;
    }

    private static int OperandSize(OperandType operand, ref BlobReader il) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        // switch: a count, then that many targets; the count itself is read here.
        OperandType.InlineSwitch => 4 * il.ReadInt32(),
        _ => 4,
    };
}
