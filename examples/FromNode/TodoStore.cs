using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.ClusterAdapter.Server;

namespace FromNode;

/// <summary>What a client wants to have on the list. What is null was not sent.</summary>
internal record NewTodo(string? Title, [property: JsonConverter(typeof(BooleanOrText))] bool? Completed);

/// <summary>What is on the list.</summary>
internal sealed record Todo(string? Id, string? Title, bool? Completed) : NewTodo(Title, Completed);

/// <summary>These clients may send <c>"false"</c> for <c>false</c>. Anything else is as good as nothing.</summary>
internal sealed class BooleanOrText : JsonConverter<bool?>
{
    public override bool? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return bool.TryParse(value.RootElement.ToString(), out var flag) ? flag : null;
    }

    public override void Write(Utf8JsonWriter writer, bool? value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, options);
}

/// <summary>The entities in memory, in the order in which they came. Several workers need a database here.</summary>
internal sealed class TodoStore
{
    private const int Most = 1_000;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, Todo> _todos = [];

    public Todo Add(NewTodo todo)
    {
        var id = Guid.NewGuid().ToString();
        var added = new Todo(id, todo.Title, todo.Completed);
        lock (_lock)
        {
            if (_todos.Count >= Most)
                throw new EventException("too many entities");
            _todos.Add(id, added);
        }

        return added;
    }

    public Todo Get(string id)
    {
        lock (_lock)
            return _todos.TryGetValue(id, out var todo) ? todo : throw NotFound();
    }

    public IReadOnlyList<Todo> All()
    {
        lock (_lock)
            return [.. _todos.Values];
    }

    public void Replace(Todo todo)
    {
        lock (_lock)
            _todos[Get(todo.Id!).Id!] = todo;
    }

    public void Remove(string id)
    {
        lock (_lock)
        {
            if (!_todos.Remove(id))
                throw NotFound();
        }
    }

    private static EventException NotFound() => new("entity not found");
}
