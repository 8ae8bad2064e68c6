using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Akka.ClusterAdapter.Server;

/// <summary>
/// The secret by which a client finds its session again: 16 random bytes, and the 3-byte tag of the worker that made it, as 26 characters of base64url.
/// </summary>
internal static class PrivateId
{
    private const int RandomBytes = 16;
    private const int TagBytes = 3;
    private const int Length = 26;
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>A new secret that names the worker with this tag.</summary>
    public static string Create(int tag)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + TagBytes];
        RandomNumberGenerator.Fill(bytes[..RandomBytes]);
        bytes[RandomBytes] = (byte)(tag >> 16);
        bytes[RandomBytes + 1] = (byte)(tag >> 8);
        bytes[RandomBytes + 2] = (byte)tag;
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The tag in a secret; false when the text cannot be one of ours.</summary>
    public static bool TryGetTag(string secret, out int tag)
    {
        tag = 0;
        Span<byte> bytes = stackalloc byte[RandomBytes + TagBytes];
        if (secret.Length != Length || secret.AsSpan().ContainsAnyExcept(Alphabet))
            return false;

        // "Try" decodes only what has the right length: it throws when bits that stand for no byte are set in the last character.
        if (Base64Url.DecodeFromChars(secret, bytes, out _, out var written) != OperationStatus.Done || written != bytes.Length)
            return false;
        tag = bytes[RandomBytes] << 16 | bytes[RandomBytes + 1] << 8 | bytes[RandomBytes + 2];
        return true;
    }
}
