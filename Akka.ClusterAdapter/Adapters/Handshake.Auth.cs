using System.Text.Json;

namespace Akka.ClusterAdapter.Server;

/// <content>What the client sent as its auth payload, as the types that the application expects. Any client can send anything.</content>
public sealed partial record Handshake
{
    /// <summary>The application's JSON options; null stands for those of the web.</summary>
    internal JsonSerializerOptions? Json { get; init; }

    /// <summary>A string of the auth payload, such as <c>token</c>; null when it is missing or null.</summary>
    /// <param name="name">Its name, exactly as the client writes it.</param>
    /// <exception cref="ConnectErrorException">It is no string. Not caught by a middleware, it refuses the client, who reads what is wrong.</exception>
    public string? GetString(string name)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new ConnectErrorException($"\"{name}\" of the auth payload must be a string");
    }

    /// <summary>
    /// A value of the auth payload, read with the server's JSON options; default when it is missing or null. Ask for <c>int?</c> to tell 0 from nothing.
    /// </summary>
    /// <param name="name">Its name, exactly as the client writes it.</param>
    /// <exception cref="ConnectErrorException">
    /// The value does not fit the type. When no middleware catches this, the client is refused and told which value is wrong.
    /// </exception>
    public T? GetAuth<T>(string name) => Find(name) is { } value ? Read<T>(value, $"\"{name}\" of the auth payload") : default;

    /// <summary>The auth payload, read with the server's JSON options. No payload counts as an empty object: required properties are missing then.</summary>
    /// <exception cref="ConnectErrorException">
    /// The payload does not fit the type. When no middleware catches this, the client is refused and told that it is wrong.
    /// </exception>
    public T GetAuth<T>() => Read<T>(Auth, "The auth payload")!;

    private JsonElement? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var auth = Auth;
        return auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    // The reader's own message names types of the server.
    private T? Read<T>(JsonElement value, string what)
    {
        try
        {
            return value.Deserialize<T>(Json ?? Web);
        }
        // Types of the application check what they are made of, and say so in any way.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ConnectErrorException($"{what} is not as the server expects it");
        }
    }
}
