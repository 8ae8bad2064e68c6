using System.Buffers.Text;
using System.Security.Cryptography;

namespace Akka.ClusterAdapter.Engine.Sessions;

/// <summary>
/// Session ids: 12 random bytes and the 3-byte tag of the worker that owns the session, as 20 characters of base64url. The random part is the
/// secret; the tag lets any worker find the owner.
/// </summary>
internal static class SessionId
{
    /// <summary>Characters of every session id.</summary>
    public const int Length = 20;

    /// <summary>Number of different tags.</summary>
    public const int TagCount = 1 << 24;

    private const int Shown = 6;
    private const int RandomBytes = 12;

    /// <summary>A new id that names the worker with this tag.</summary>
    public static string Create(int tag)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + 3];
        RandomNumberGenerator.Fill(bytes[..RandomBytes]);
        bytes[12] = (byte)(tag >> 16);
        bytes[13] = (byte)(tag >> 8);
        bytes[14] = (byte)tag;
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The beginning of an id, to be logged: enough to find a session's lines, too little to be one of its requests.</summary>
    public static string Short(string sid) => sid.Length <= Shown ? sid : sid[..Shown] + "…";

    /// <summary>A random tag.</summary>
    public static int RandomTag() => RandomNumberGenerator.GetInt32(TagCount);

    /// <summary>The tag in an id; false when the text cannot be an id of ours.</summary>
    public static bool TryGetTag(ReadOnlySpan<char> sid, out int tag)
    {
        tag = 0;
        if (sid.Length != Length || sid.ContainsAnyExcept(Alphabet))
            return false;

        Span<byte> bytes = stackalloc byte[RandomBytes + 3];
        Base64Url.DecodeFromChars(sid, bytes);
        tag = bytes[12] << 16 | bytes[13] << 8 | bytes[14];
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
