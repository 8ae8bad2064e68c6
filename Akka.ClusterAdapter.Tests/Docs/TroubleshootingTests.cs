using System.Reflection;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Architecture;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/troubleshooting.md speaks of what is really logged, and of all of it.</summary>
public sealed partial class TroubleshootingTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "troubleshooting.md"));

    /// <summary>What the page quotes, with each … as anything.</summary>
    private static readonly Regex[] Quotes =
    [
        .. Page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .SelectMany(line => Quote().Matches(line.Split(" | ")[0]))
            .Select(match => match.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal))
            .Where(quote => quote.Length > 20)
            .Select(quote => new Regex(
                string.Join(".*?", quote.Split('…').Select(part => Regex.Escape(part.Trim())).Where(part => part.Length > 0)), RegexOptions.Singleline)),
    ];

    private static IEnumerable<LoggerMessageAttribute> Logged() => typeof(SocketIOServer).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>();

    [Fact]
    public void Every_warning_and_error_is_on_the_page()
    {
        var missing = Logged()
            .Where(message => message.Level >= LogLevel.Warning && message.Message != "{Remedy}" && !Quotes.Any(quote => quote.IsMatch(message.Message)));

        Assert.Empty(missing.Select(message => message.Message));
    }

    [Fact]
    public void Everything_on_the_page_is_really_logged()
    {
        var texts = Logged().Select(message => message.Message)
            .Concat(SourceTree.CSharpFiles("Akka.ClusterAdapter").Select(file => File.ReadAllText(file).Replace("\\\"", "\"", StringComparison.Ordinal)))
            .ToList();

        Assert.True(Quotes.Length > 40, $"{Quotes.Length} quotes were found.");
        Assert.Empty(Quotes.Where(quote => !texts.Exists(quote.IsMatch)).Select(quote => quote.ToString()));
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quote();
}
