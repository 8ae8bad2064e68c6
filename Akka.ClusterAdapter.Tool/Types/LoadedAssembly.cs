using System.Reflection;

namespace Akka.ClusterAdapter.Tool.Types;

/// <summary>An assembly's metadata, read without running anything of it.</summary>
internal sealed class LoadedAssembly : IDisposable
{
    private readonly MetadataLoadContext _context;

    private LoadedAssembly(MetadataLoadContext context, Assembly assembly)
    {
        _context = context;
        Assembly = assembly;
    }

    public Assembly Assembly { get; }

    /// <exception cref="UsageException">There is no such assembly.</exception>
    public static LoadedAssembly Read(TypesOptions options)
    {
        var path = Path.GetFullPath(options.Assembly);
        if (!File.Exists(path))
            throw new UsageException($"There is no file {options.Assembly}: build the project first, then name its assembly.");
        var context = new MetadataLoadContext(new PathAssemblyResolver(Files(path, options.References)), typeof(object).Assembly.GetName().Name);
        try
        {
            return new(context, context.LoadFromAssemblyPath(path));
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or IOException)
        {
            context.Dispose();
            throw new UsageException($"{options.Assembly} is no .NET assembly: {e.Message}");
        }
    }

    public void Dispose() => _context.Dispose();

    /// <summary>The first file of a name wins: the runtime's own (reference assemblies would not fit them), then what is named, then the neighbours.</summary>
    private static IEnumerable<string> Files(string path, IEnumerable<string> references) =>
        Frameworks().Prepend(path).Concat(references.SelectMany(Assemblies)).Concat(Assemblies(Path.GetDirectoryName(path)!))
            .DistinctBy(Path.GetFileName, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> Assemblies(string place)
    {
        if (Directory.Exists(place))
            return Directory.EnumerateFiles(place, "*.dll");
        return File.Exists(place) ? [place] : throw new UsageException($"There is no assembly or folder {place}.");
    }

    /// <summary>The runtime that runs this tool, and the frameworks installed beside it.</summary>
    private static IEnumerable<string> Frameworks()
    {
        var runtime = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        var beside = runtime.Parent?.Parent?.EnumerateDirectories().Where(framework => framework.Name != runtime.Parent.Name) ?? [];
        return beside.Select(framework => Closest(framework, runtime.Name)).OfType<DirectoryInfo>().Prepend(runtime)
            .SelectMany(static folder => folder.EnumerateFiles("*.dll")).Select(static file => file.FullName);
    }

    /// <summary>The same version, or the newest of the same major one.</summary>
    private static DirectoryInfo? Closest(DirectoryInfo framework, string version)
    {
        var versions = framework.EnumerateDirectories().ToArray();
        return versions.FirstOrDefault(found => found.Name == version)
            ?? versions.Where(found => found.Name.Split('.')[0] == version.Split('.')[0])
                .MaxBy(static found => Version.TryParse(found.Name, out var number) ? number : new Version());
    }
}
