namespace Akka.ClusterAdapter.Tests.Architecture;

/// <summary>
/// Which floor may use which, and who may see which foreign assembly. A floor is the first namespace level below the root;
/// of the types that users touch, which share the server's namespace, it is the first folder.
/// </summary>
internal sealed class FloorRules(string root)
{
    private const string Hosting = "Hosting";

    /// <summary>Namespaces of others in which our extension classes live, so that users find them without a <c>using</c> of ours.</summary>
    public static readonly IReadOnlySet<string> ExtensionNamespaces = new HashSet<string>
    {
        "Akka.Hosting",
        "Microsoft.AspNetCore.Builder",
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Routing",
        "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting",
    };

    public static readonly IReadOnlyDictionary<string, string[]> Below = new Dictionary<string, string[]>
    {
        [Hosting] =
        [
            "Primary", "Gateway", "Forwarding", "Admin", "Server", "Clustering", "Remoting", "Operators", "Adapters", "Engine", "Loops", "Protocol",
            "Diagnostics"
        ],
        ["Primary"] = ["Clustering", "Gateway", "Diagnostics"],
        ["Gateway"] = ["Forwarding", "Clustering", "Engine", "Diagnostics"],
        ["Forwarding"] = ["Clustering", "Engine", "Diagnostics"],
        ["Admin"] = ["Server", "Operators", "Adapters", "Engine", "Protocol", "Diagnostics"],
        ["Server"] = ["Engine", "Protocol", "Operators", "Adapters", "Loops", "Diagnostics"],
        ["Clustering"] = ["Remoting", "Loops", "Protocol", "Operators", "Adapters", "Diagnostics"],
        ["Remoting"] = ["Loops", "Diagnostics"],
        ["Operators"] = ["Adapters", "Protocol", "Diagnostics"],
        ["Adapters"] = ["Protocol", "Diagnostics"],
        ["Engine"] = ["Loops", "Diagnostics"],
        ["Loops"] = ["Diagnostics"],
        ["Protocol"] = [],
        ["Diagnostics"] = [],
    };

    /// <summary>Could be a package of their own: no Akka, no YARP, and nothing of what needs them.</summary>
    public static readonly IReadOnlyList<string> Core = ["Server", "Operators", "Adapters", "Engine", "Loops", "Protocol", "Diagnostics"];

    private static readonly string[] SeeAkka = ["Clustering", "Remoting", "Forwarding", "Gateway", "Primary", Hosting];
    private static readonly string[] SeeYarp = ["Forwarding", "Gateway", Hosting];
    private static readonly string[] DoNotSeeAspNetCore = ["Protocol", "Adapters", "Operators", "Clustering", "Remoting", "Loops", "Diagnostics"];

    /// <summary>The floor of one of our types; null when it has none.</summary>
    public string? FloorOf(TypeUse type)
    {
        if (ExtensionNamespaces.Contains(type.Namespace))
            return Hosting;
        if (type.Namespace == UserTypes.Namespace && type.Namespace.StartsWith(root + ".", StringComparison.Ordinal))
            return UserTypes.FloorOf(type.Name);
        if (!type.Namespace.StartsWith(root + ".", StringComparison.Ordinal))
            return null;
        var floor = type.Namespace[(root.Length + 1)..].Split('.')[0];
        return Below.ContainsKey(floor) ? floor : null;
    }

    /// <summary>What is wrong with a use, or null when it is allowed.</summary>
    public string? Refuse(Use use)
    {
        if (FloorOf(use.From) is not { } floor)
            return null;
        var allowed = use.To.Assembly.Length == 0 ? MayUseOurs(floor, use.To) : MaySee(floor, use.To.Assembly);
        return allowed ? null : $"{floor}: {use.From} ({use.Place}) -> {use.To}";
    }

    private bool MayUseOurs(string floor, TypeUse to) =>
        FloorOf(to) is not { } target || target == floor || Below[floor].Contains(target);

    private static bool MaySee(string floor, string assembly)
    {
        if (IsOf("Akka", assembly) || IsOf("Hyperion", assembly))
            return SeeAkka.Contains(floor);
        if (IsOf("Microsoft.AspNetCore", assembly))
            return !DoNotSeeAspNetCore.Contains(floor);
        if (assembly == "BCrypt-Net-Next")
            return floor == "Admin";
        if (IsOf("Yarp", assembly))
            return SeeYarp.Contains(floor);
        return floor != "Protocol" || IsOf("System", assembly) || IsOf("MessagePack", assembly);
    }

    private static bool IsOf(string family, string assembly) =>
        assembly == family || assembly.StartsWith(family + ".", StringComparison.Ordinal);
}
