namespace Akka.ClusterAdapter.Tests.Architecture.Planted.Server;

/// <summary>What the planted types of a lower floor use although they must not.</summary>
internal class ServerThing
{
    public int Field = 1;

    public static int Count() => 1;

    public static T Make<T>() where T : new() => new();

    internal sealed class Inner;
}

internal interface IServerThing;

[AttributeUsage(AttributeTargets.All)]
internal sealed class ServerThingAttribute : Attribute;

internal sealed class ServerThingException : Exception;
