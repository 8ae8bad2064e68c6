using System.Text.RegularExpressions;
using Akka.ClusterAdapter.Tests.Pm2;
using Akka.ClusterAdapter.Tests.SeedNodes;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>Every command of every page is run by a test, or there is a reason why not.</summary>
public sealed class CommandsTests
{
    /// <summary>A pattern of a command, and the test that runs it, or the reason why none does.</summary>
    private static readonly (string Pattern, object Because)[] Known =
    [
        ("^make cluster( |$)", typeof(Interop.BrowserChatTests)),
        ("^make docs$", typeof(SiteTests)),
        ("^make settings$", typeof(SettingsPageTests)),
        ("^make test$", "It is this run."),
        ("^make (bench|attacks)", "Minutes to an hour; the build compiles what it runs, and LoadClientTests run its client."),
        ("^make (fuzz|differential)", typeof(Faults.FuzzTests)),
        ("^make races", typeof(Faults.RaceTests)),
        ("^make soak", typeof(Faults.Soak.SoakTests)),
        ("^make (deterministic|vulnerable)$", "Two builds, and a question to the package source; PackageTests read what comes out of one."),
        ("^node run-matrix.js", "The same."),
        ("^dotnet new ", typeof(TemplateTests)),
        ("^dotnet add package Akka", typeof(FirstHourTests)),
        ("^dotnet tool install Akka", typeof(FirstHourTests)),
        ("^dotnet socketio types", typeof(ContractsPageTests)),
        ("^dotnet test$", typeof(TemplateTests)),
        (@"^dotnet run --project ""src/Chat-Server""", typeof(TemplateTests)),
        ("^dotnet run$", typeof(GettingStartedTests)),
        ("^dotnet run --project examples/FromNode$", typeof(FromNodeExamplesTests)),
        ("^dotnet run --project examples/Observability -- ", typeof(ObservabilityExampleTests)),
        ("^dotnet run --project examples/Aspire$", typeof(AspireExampleTests)),
        ("^dotnet build examples/SeedNodes$", "This run's build."),
        ("^examples/SeedNodes/run$", typeof(SeedNodesExampleTests)),
        ("^npm install socket.io-client$", "The tests have their own (Interop/package.json)."),
        ("^pm2 ", typeof(Pm2ReloadTests)),
        ("^(systemctl|for n in 1 2; do systemctl) ", "There is no systemd in a container; SeedNodesExampleFilesTests read the units."),
        ("^kubectl ", "There is no cluster; SeedNodesExampleFilesTests and TemplateTests read the manifests."),
        ("^docker build ", "There is no docker in a container; TemplateTests read the Dockerfile."),
    ];

    [Fact]
    public void Every_command_is_run_or_there_is_a_reason()
    {
        var commands = Page.All.SelectMany(page => page.Blocks).Where(block => block.Language == "sh")
            .SelectMany(block => block.Code.Split('\n').Select(line => Regex.Replace(line, @"(^|\s+)#.*$", "").Trim())
                .Where(line => line.Length > 0).Select(line => (Block: block, Line: line)))
            .ToList();

        var unknown = commands.Where(command => !Known.Any(known => Regex.IsMatch(command.Line, known.Pattern)))
            .Select(command => $"{command.Block}: {command.Line}");
        var unused = Known.Where(known => !commands.Exists(command => Regex.IsMatch(command.Line, known.Pattern))).Select(known => known.Pattern);

        Assert.Empty(unknown);
        Assert.Empty(unused);
    }
}
