using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>The doc comments that the compiler has written beside an assembly.</summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, XElement> _members;

    private DocComments(XDocument document) => _members = document.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    public static DocComments Of(Assembly assembly) => new(XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")));

    /// <summary>The first sentence of a property's summary, as Markdown.</summary>
    public string FirstSentence(PropertyInfo property)
    {
        var sentence = Sentence().Match(Summary(property));
        return sentence.Success ? sentence.Value : throw new InvalidDataException($"The comment of {property.Name} has no first sentence.");
    }

    /// <summary>The whole summary of a property, as Markdown on one line.</summary>
    public string Summary(PropertyInfo property)
    {
        var summary = _members[$"P:{property.DeclaringType!.FullName}.{property.Name}"].Element("summary")!;
        return Space().Replace(string.Concat(summary.Nodes().Select(Markdown)), " ").Trim();
    }

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value.Replace("<", "&lt;", StringComparison.Ordinal),
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } target => $"`{Name(target.Value)}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("langword") is { } word => $"`{word.Value}`",
        XElement element => $"`{element.Value}`",
        _ => "",
    };

    // P:Akka.ClusterAdapter.Server.EngineOptions.MaxPayload is a neighbour; a member of another type is named with it.
    private static string Name(string cref)
    {
        var parts = cref[2..].Split('(')[0].Split('.');
        return cref[0] == 'T' || parts[^2].EndsWith("Options", StringComparison.Ordinal) ? parts[^1] : $"{parts[^2]}.{parts[^1]}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    // A full stop ends it, when a new sentence begins behind it, and not within brackets or code.
    [GeneratedRegex(@"^(?:\((?:`[^`]*`|[^)`])*\)|`[^`]*`|[^.(`]|\.(?!\s+[A-Z(`]|$))+\.?")]
    private static partial Regex Sentence();
}
