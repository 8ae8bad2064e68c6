using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Tests.Architecture;

public sealed class FloorsTests
{
    private const string Root = "Akka.ClusterAdapter";
    private const string PlantedRoot = "Akka.ClusterAdapter.Tests.Architecture.Planted";

    private static readonly FloorRules Rules = new(Root);
    private static readonly string Library = typeof(PacketType).Assembly.Location;

    [Fact]
    public void Every_floor_uses_only_what_is_below_it()
    {
        using var assembly = new AssemblyUses(Library);

        var refused = assembly.Uses().Select(Rules.Refuse).OfType<string>();

        Assert.Empty(refused);
    }

    [Fact]
    public void Every_type_has_a_floor()
    {
        using var assembly = new AssemblyUses(Library);

        var homeless = assembly.Types().Where(type => !type.Generated && type.Type.Name != "<Module>" && Rules.FloorOf(type.Type) is null);

        Assert.Empty(homeless);
    }

    [Fact]
    public void The_core_needs_neither_Akka_nor_YARP()
    {
        using var assembly = new AssemblyUses(Library);

        var upward = FloorRules.Core.SelectMany(floor => FloorRules.Below[floor]).Except(FloorRules.Core);
        var foreign = assembly.Uses().Where(use => Rules.FloorOf(use.From) is { } floor && FloorRules.Core.Contains(floor)
            && (use.To.Assembly.StartsWith("Akka", StringComparison.Ordinal)
                || use.To.Assembly.StartsWith("Yarp", StringComparison.Ordinal) || use.To.Assembly == "Hyperion"));

        Assert.Empty(upward);
        Assert.Empty(foreign);
    }

    [Fact]
    public void Generated_types_use_no_floor()
    {
        using var assembly = new AssemblyUses(Library);
        var generated = assembly.Types().Where(type => type.Generated && Rules.FloorOf(type.Type) is null).Select(type => type.Type).ToHashSet();

        var uses = assembly.Uses().Where(use => generated.Contains(use.From) && use.To.Assembly.Length == 0 && Rules.FloorOf(use.To) is not null);

        Assert.Empty(uses);
    }

    [Fact]
    public void The_library_is_really_read()
    {
        using var assembly = new AssemblyUses(Library);

        var uses = assembly.Uses().ToList();

        Assert.Contains(uses, use => Rules.FloorOf(use.From) == "Adapters" && Rules.FloorOf(use.To) == "Protocol");
        Assert.Contains(uses, use => Rules.FloorOf(use.From) == "Engine" && use.To.Assembly.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CallInBody", "ServerThing")]
    [InlineData("NewInBody", "ServerThing")]
    [InlineData("TypeOfInBody", "ServerThing")]
    [InlineData("FieldRead", "ServerThing")]
    [InlineData("GenericArgument", "ServerThing")]
    [InlineData("GenericMethodArgument", "ServerThing")]
    [InlineData("GenericConstraint", "IServerThing")]
    [InlineData("AttributeOnMember", "ServerThingAttribute")]
    [InlineData("TypeOfInAttribute", "ServerThing")]
    [InlineData("BaseType", "ServerThing")]
    [InlineData("ImplementedInterface", "IServerThing")]
    [InlineData("LocalInLambda", "ServerThing")]
    [InlineData("LocalInAsync", "ServerThing")]
    [InlineData("CaughtException", "ServerThingException")]
    [InlineData("ArrayField", "ServerThing")]
    [InlineData("NestedTarget", "ServerThing")]
    [InlineData("NestedType", "ServerThing")]
    [InlineData("ReturnType", "ServerThing")]
    [InlineData("SeesAkka", "ActorSystem")]
    [InlineData("SeesAspNetCore", "HttpContext")]
    [InlineData("SeesLogging", "ILogger")]
    public void A_planted_violation_is_reported(string type, string target)
    {
        using var assembly = new AssemblyUses(typeof(FloorsTests).Assembly.Location);
        var rules = new FloorRules(PlantedRoot);

        var refused = assembly.Uses().Where(use => use.From.Name == type && use.To.Name == target).Select(rules.Refuse).OfType<string>();

        Assert.NotEmpty(refused);
    }

    [Fact]
    public void What_is_allowed_is_not_reported()
    {
        using var assembly = new AssemblyUses(typeof(FloorsTests).Assembly.Location);
        var rules = new FloorRules(PlantedRoot);

        var refused = assembly.Uses().Where(use => use.From.Name is "ServerThing" or "Innocent").Select(rules.Refuse).OfType<string>();

        Assert.Empty(refused);
    }
}
