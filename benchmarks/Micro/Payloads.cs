namespace Akka.ClusterAdapter.Micro;

/// <summary>What is sent: a text or a number of bytes of the given size, and an object as applications send them.</summary>
internal static class Payloads
{
    public static string Text(int size) => "#0000000042".PadRight(size, 'x');

    public static byte[] Bytes(int size) => new byte[size];

    public static object Item { get; } = new { id = 4_711, title = "A headline of some length", tags = new[] { "one", "two" }, price = 12.5, read = false };
}
