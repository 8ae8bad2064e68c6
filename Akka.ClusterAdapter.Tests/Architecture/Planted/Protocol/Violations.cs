using Akka.ClusterAdapter.Tests.Architecture.Planted.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Tests.Architecture.Planted.Protocol;

// One violation a type, each of another kind; the floor "Protocol" may use nothing of "Server".

internal static class CallInBody
{
    public static int Run() => ServerThing.Count();
}

internal static class NewInBody
{
    public static object Run() => new ServerThing();
}

internal static class TypeOfInBody
{
    public static object Run() => typeof(ServerThing);
}

internal static class FieldRead
{
    public static int Run(object thing) => System.Runtime.CompilerServices.Unsafe.As<ServerThing>(thing).Field;
}

internal static class GenericArgument
{
    public static int Run() => new Dictionary<string, List<ServerThing>>().Count;
}

internal static class GenericMethodArgument
{
    public static int Run() => Enumerable.Empty<ServerThing>().Count();
}

internal static class GenericConstraint
{
    public static void Run<T>() where T : IServerThing
    {
    }
}

internal static class AttributeOnMember
{
    [ServerThing]
    public static int Run() => 1;
}

[System.Diagnostics.DebuggerTypeProxy(typeof(ServerThing))]
internal static class TypeOfInAttribute;

internal sealed class BaseType : ServerThing;

internal sealed class ImplementedInterface : IServerThing;

internal static class LocalInLambda
{
    public static Func<int, int> Run() => number =>
    {
        var thing = new ServerThing();
        return thing.Field + number;
    };
}

internal static class LocalInAsync
{
    public static async Task<int> RunAsync()
    {
        var thing = ServerThing.Make<ServerThing>();
        await Task.Yield();
        return thing.Field;
    }
}

internal static class CaughtException
{
    public static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (ServerThingException)
        {
        }
    }
}

internal sealed class ArrayField
{
    public ServerThing[]? Things { get; set; }
}

internal static class NestedTarget
{
    public static object Run() => new ServerThing.Inner();
}

internal static class NestedType
{
    internal static class Deeper
    {
        public static int Run() => ServerThing.Count();
    }
}

internal interface ReturnType
{
    ServerThing Run();
}

internal static class SeesAkka
{
    public static object Run() => typeof(Akka.Actor.ActorSystem);
}

internal static class SeesAspNetCore
{
    public static void Run(HttpContext context) => context.Abort();
}

internal static class SeesLogging
{
    public static void Run(ILogger logger) => _ = logger.IsEnabled(LogLevel.Debug);
}
