using System.Collections.Concurrent;
using Akka.ClusterAdapter.Server;

namespace FromNode;

/// <summary>What a client wants to have on the list.</summary>
internal record NewTodo(string? Title, bool Completed);

/// <summary>What is on the list.</summary>
internal sealed record Todo(string Id, string? Title, bool Completed) : NewTodo(Title, Completed);

/// <summary>The entities in memory. Several workers need a database here.</summary>
internal sealed class TodoStore
{
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<string, Todo> _todos = new();

    public Todo Add(NewTodo todo)
    {
        if (_todos.Count >= Most)
            throw new EventException("too many entities");
        var id = Guid.NewGuid().ToString();
        return _todos[id] = new Todo(id, todo.Title, todo.Completed);
    }

    public Todo Get(string id) => _todos.TryGetValue(id, out var todo) ? todo : throw NotFound();

    public ICollection<Todo> All() => _todos.Values;

    public void Replace(Todo todo)
    {
        if (todo.Id is null || !_todos.TryGetValue(todo.Id, out var old) || !_todos.TryUpdate(todo.Id, todo, old))
            throw NotFound();
    }

    public void Remove(string id)
    {
        if (!_todos.TryRemove(id, out _))
            throw NotFound();
    }

    private static EventException NotFound() => new("entity not found");
}
