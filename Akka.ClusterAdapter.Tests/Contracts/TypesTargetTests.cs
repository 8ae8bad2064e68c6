using Akka.ClusterAdapter.Tests.Architecture;
using Akka.ClusterAdapter.Tests.Primary;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>A project whose build writes the declarations, or refuses those that differ.</summary>
[Collection(ProcessTests.Name)]
public sealed class TypesTargetTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "types", Guid.NewGuid().ToString("N")));

    [Fact]
    public async Task A_build_writes_the_declarations_and_with_the_check_refuses_others()
    {
        await WriteAsync("Directory.Build.props", "<Project />");
        await WriteAsync("Directory.Packages.props", "<Project />");
        await WriteAsync(".editorconfig", "root = true");
        await WriteAsync("Chat.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <SocketIOTypes>wwwroot/events.d.ts</SocketIOTypes>
                <SocketIOTypesArguments>--enums strings</SocketIOTypesArguments>
                <SocketIOTypesCommand>dotnet "{Path.Combine(AppContext.BaseDirectory, "dotnet-socketio.dll")}"</SocketIOTypesCommand>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="Akka.ClusterAdapter" HintPath="{GeneratorRun.Library}" />
              </ItemGroup>
              <Import Project="{Path.Combine(SourceTree.Root, "Akka.ClusterAdapter", "build", "SocketIOTypes.targets")}" />
            </Project>
            """);
        await WriteAsync("Contract.cs", "namespace Chat; [Akka.ClusterAdapter.Server.ServerToClient] public interface IChatClient { ValueTask Said(Mood mood); "
            + "} public enum Mood { Happy }");

        var first = await BuildAsync();
        var declarations = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "wwwroot", "events.d.ts"));
        await WriteAsync(
            "Contract.cs", "namespace Chat; [Akka.ClusterAdapter.Server.ServerToClient] public interface IChatClient { ValueTask Told(int mood); }");
        var check = await BuildAsync("-p:SocketIOTypesCheck=true");

        Assert.Equal(0, first.Code);
        Assert.Contains("said: (mood: Mood) => void;", declarations, StringComparison.Ordinal);
        Assert.Contains("export type Mood = \"Happy\";", declarations, StringComparison.Ordinal);
        Assert.NotEqual(0, check.Code);
        Assert.Contains("wwwroot/events.d.ts : error SIO301: The declarations are not those of the server any more", check.Lines, StringComparison.Ordinal);
        Assert.Equal(declarations, await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "wwwroot", "events.d.ts")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder.FullName, file), text);

    private async Task<(int Code, string Lines)> BuildAsync(params string[] more)
    {
        await using var build = new LineProcess(
            "dotnet", ["build", "Chat.csproj", "-p:UseSharedCompilation=false", "-nodeReuse:false", "--nologo", .. more], _folder.FullName)
        { Deadline = TimeSpan.FromMinutes(10) };
        var code = await build.ExitAsync();
        return (code, string.Join('\n', build.Lines));
    }
}
