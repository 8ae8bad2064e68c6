using System.Reflection;
using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Server;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;
using Microsoft.AspNetCore.SignalR;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/surface.md, compared with the typings of the original's server, with SignalR and with this library.</summary>
public sealed partial class SurfacePageTests
{
    private static readonly string Interop = Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Interop");

    private static readonly Type[] OfSignalR =
    [
        typeof(Hub), typeof(IHubContext), typeof(HubCallerContext), typeof(IHubClients), typeof(IHubCallerClients), typeof(IGroupManager), typeof(IHubFilter),
        typeof(HubOptions), typeof(IClientProxy), typeof(ISingleClientProxy), typeof(HubMethodNameAttribute),
    ];

    [Fact]
    public async Task Every_member_of_the_original_is_on_the_page_and_none_that_it_does_not_have()
    {
        await using var node = new LineProcess("node", ["surface.mjs"], Interop) { Deadline = TimeSpan.FromMinutes(2) };
        Assert.Equal(0, await node.ExitAsync());
        var members = node.Lines.Where(static line => line.Contains('.', StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);

        var listed = (await RowsAsync("## Socket.IO", "## SignalR"))
            .SelectMany(static row => Names(row[0])).Where(static name => TypedMember().IsMatch(name)).ToList();

        Assert.InRange(members.Count, 180, 300);
        Assert.Equal(members.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_member_of_SignalR_s_hub_is_on_the_page_and_none_that_it_does_not_have()
    {
        var members = OfSignalR.SelectMany(static type => MembersOf(type).Select(name => $"{type.Name}.{name}")).Distinct(StringComparer.Ordinal);

        var listed = (await RowsAsync("## SignalR", "### The rest")).SelectMany(static row => Names(row[0]));

        Assert.Equal(members.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_member_of_ours_that_the_page_names_exists()
    {
        var rows = await RowsAsync("## Socket.IO", "### The rest");

        Assert.All(rows.SelectMany(static row => Names(row[1])), static name => Assert.True(Exists(name), $"There is no {name}."));
        Assert.All(rows, static row => Assert.True(Names(row[1]).Any() || (row[1] == "–" && row[2].Length > 0), $"{row[0]}: neither ours nor why not."));
    }

    [Theory]
    [InlineData("SocketIOServer.Sockets", true)]
    [InlineData("Socket.Id", true)]
    [InlineData("Namespace.EmitAsync", true)]
    [InlineData("Namespace.Emit", false)]
    [InlineData("Client.Engine", false)]
    [InlineData("Socket.Life", false)]
    [InlineData("Sockets", false)]
    public void A_name_exists_when_users_can_write_it(string name, bool exists) => Assert.Equal(exists, Exists(name));

    private static bool Exists(string name)
    {
        var (type, member) = name.Split('.') is [var first, var second] ? (first, second) : (name, null);
        var found = typeof(SocketIOServer).Assembly.GetExportedTypes().Where(each => each.Name == type);
        return member is null ? found.Any() : found.Any(each => Members(each).Any(one => one.Name == member));
    }

    // An interface does not have the members of those that it extends.
    private static IEnumerable<MemberInfo> Members(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy)
            .Concat(type.IsInterface ? type.GetInterfaces().SelectMany(Members) : []);

    private static IEnumerable<string> MembersOf(Type type) => Members(type)
        .Where(static member => member.DeclaringType != typeof(object) && member.DeclaringType != typeof(Attribute))
        .Where(static member => member is PropertyInfo or MethodInfo { IsSpecialName: false })
        .Select(static member => member.Name).Distinct(StringComparer.Ordinal);

    private static async Task<List<string[]>> RowsAsync(string from, string to)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "surface.md"));
        var part = page[page.IndexOf(from, StringComparison.Ordinal)..page.IndexOf(to, StringComparison.Ordinal)];
        var rows = part.Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`', StringComparison.Ordinal));
        return [.. rows.Select(static line => line.Split('|')[1..4].Select(static cell => cell.Trim()).ToArray())];
    }

    private static IEnumerable<string> Names(string cell) => Code().Matches(cell).Select(static match => match.Groups[1].Value);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^[A-Z]\w+\.\w+$")]
    private static partial Regex TypedMember();
}
