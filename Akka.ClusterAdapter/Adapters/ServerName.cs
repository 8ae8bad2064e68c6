namespace Akka.ClusterAdapter.Adapters;

/// <summary>
/// Names of the servers of an application. Between workers a server's name stands in front of the name of its namespace, which begins with a slash: so what is
/// for one server never reaches another, and the namespaces of the unnamed server are written as ever (docs/decisions/0078).
/// </summary>
internal static class ServerName
{
    /// <summary>The server that <c>AddSocketIO()</c> adds.</summary>
    public const string Unnamed = "";

    private const int Longest = 64;

    /// <summary>Refuses what is no name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > Longest || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new ArgumentException(
                $"\"{name}\" is no name for a Socket.IO server: use 1 to {Longest} letters, digits, '-', '_' and '.' of ASCII, a letter or digit first.",
                nameof(name));
    }

    /// <summary>A namespace's name between workers.</summary>
    public static string Wire(string server, string @namespace) => server + @namespace;

    /// <summary>Whose namespace a name between workers names.</summary>
    public static string OfWire(string wire) => wire.IndexOf('/', StringComparison.Ordinal) is > 0 and var end ? wire[..end] : Unnamed;
}
