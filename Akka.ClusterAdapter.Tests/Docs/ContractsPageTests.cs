using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Contracts;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/contracts.md: its C# is one program, its TypeScript is checked against what the tool makes of it.</summary>
public sealed partial class ContractsPageTests
{
    private const string Usings = """
        global using System.Linq; global using Microsoft.AspNetCore.Builder; global using Microsoft.Extensions.DependencyInjection;
        """;

    [Fact]
    public async Task The_pages_programs_are_compiled_and_fit_each_other()
    {
        var blocks = Block()
            .Matches(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "contracts.md")))
            .ToLookup(block => block.Groups[1].Value, block => block.Groups[2].Value);
        var sources = blocks["csharp"].ToArray();
        using var run = new TypesRun();
        Assert.Equal(5, sources.Length);

        var chat = run.DeclareAll([.. sources[..4], Usings]);
        Directory.CreateDirectory(run.PathOf("plain"));
        await run.WriteAsync("plain/events.d.ts", chat.Declarations);
        await run.WriteAsync("plain/page.ts", blocks["ts"].First());
        run.DeclareAll([.. sources[..4], Usings], "--ack-errors");
        await run.WriteAsync("failing.ts", blocks["ts"].ElementAt(1));
        var page = await run.CheckAsync("plain/page.ts", "failing.ts");
        var node = run.DeclareAll([sources[4], Usings]);
        await run.WriteAsync("node.ts", blocks["ts"].Last() + """

            import type * as CSharp from "./events";
            const spoken = (theirs: CSharp.ServerToClientEvents): Omit<ServerToClientEvents, "basicEmit"> => theirs;
            const heard = (theirs: CSharp.ClientToServerEvents): ClientToServerEvents => theirs;
            export { spoken, heard };
            """);
        var same = await run.CheckAsync("node.ts");

        Assert.Equal((0, "", 0, ""), (chat.Code, chat.Complaints, node.Code, node.Complaints));
        Assert.Equal("", page);
        Assert.Equal("", same);
    }

    [GeneratedRegex("^```(csharp|ts)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
