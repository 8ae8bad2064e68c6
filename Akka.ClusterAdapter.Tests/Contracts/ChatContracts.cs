using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>What the server says in the tests of this folder.</summary>
[ServerToClient("/chat")]
public interface IChatClient : IEverybody
{
    ValueTask Said(string id, string text);

    ValueTask MovedAsync(int x, int y, int z, Shape shape, byte[] picture);

    [EventName("typing…")]
    Task Typing(string? who = "somebody");

    ValueTask Words(params string[] words);

    ValueTask<int> HowMany(CancellationToken ct);

    Task<string?> Nickname(string of);

    Task<string> Secret();
}

/// <summary>What every contract of the tests says.</summary>
public interface IEverybody
{
    ValueTask Nothing();
}

/// <summary>Not marked: its namespace is named where it is used.</summary>
internal interface IUnmarkedClient
{
    ValueTask Said(string text);
}

[ServerToClient("/one")]
[ServerToClient("/two")]
internal interface ITwiceMarkedClient
{
    ValueTask Said(string text);
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Circle), "circle")]
public abstract record Shape;

public sealed record Circle(double Radius) : Shape;
