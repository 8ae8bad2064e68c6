using System.Reflection;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Architecture;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/logs.md names each event that the library logs, with its number, name, level and text, and no other.</summary>
public sealed partial class LogsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "logs.md"));

    private static readonly (int Id, string Name, LogLevel Level, string Text)[] Events =
    [
        .. from type in typeof(SocketIOServer).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           select (message.EventId, message.EventName ?? method.Name, message.Level, message.Message),
    ];

    [Fact]
    public void Each_event_has_a_number_and_a_name_that_no_other_has()
    {
        Assert.Empty(Events.GroupBy(each => each.Id).Where(same => same.Count() > 1).Select(same => string.Join(", ", same)));
        Assert.Empty(Events.GroupBy(each => each.Name).Where(same => same.Count() > 1).Select(same => string.Join(", ", same)));
        Assert.All(Events, each => Assert.True(each.Id > 0, each.Name));
    }

    [Fact]
    public void The_page_names_every_event_and_no_other()
    {
        var rows = EventRows().Matches(Page).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value} {row.Groups[4].Value}");

        Assert.Equal(Events.OrderBy(each => each.Id).Select(each => $"{each.Id} {each.Name} {each.Level} {each.Text}"), rows);
    }

    [Fact]
    public void The_page_names_every_line_that_actors_log_and_no_other()
    {
        var logged = from file in SourceTree.CSharpFiles("Akka.ClusterAdapter")
                     from line in ActorLines().Matches(Seam().Replace(File.ReadAllText(file), ""))
                     let text = Placeholder().Replace(line.Groups[2].Value, "…")
                     where text != "…"
                     select $"{(line.Groups[1].Value == "Info" ? "Information" : line.Groups[1].Value)} {text}";
        var rows = ActorRows().Matches(Page).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");

        Assert.Equal(logged.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| (\d+) \| `(\w+)` \| (\w+) \| `([^`]+)` \| [^|]+ \|\r?$", RegexOptions.Multiline)]
    private static partial Regex EventRows();

    [GeneratedRegex(@"^\| (Error|Warning|Information) \| `([^`]+)` \| [^|]+ \|\r?$", RegexOptions.Multiline)]
    private static partial Regex ActorRows();

    [GeneratedRegex(@"\b_?log\.(Error|Warning|Info)\(\s*(?:\w+,\s*)?""((?:[^""\\]|\\.)*)""")]
    private static partial Regex ActorLines();

    /// <summary>Where a long text goes on in the next line.</summary>
    [GeneratedRegex(@"""\s*\+\s*""")]
    private static partial Regex Seam();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder();
}
