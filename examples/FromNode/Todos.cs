using Akka.ClusterAdapter.Server;

namespace FromNode;

/// <summary>A to-do list that all clients share: create, read, update, delete, list. Others hear of every change.</summary>
internal static class Todos
{
    private const int LongestTitle = 256;

    public static void Map(Namespace todos)
    {
        todos.AddFilter(async (context, next) =>                         // failures have the shape that the original's clients know
        {
            try
            {
                return await next(context);
            }
            catch (EventException exception)
            {
                return new { error = exception.Message, errorDetails = exception.ErrorData };
            }
        });
        todos.On("todo:create", async (Socket socket, NewTodo todo, TodoStore store) =>
        {
            var created = store.Add(Valid(todo));
            await socket.Broadcast.EmitAsync("todo:created", created);
            return new { data = created.Id };
        });
        todos.On("todo:read", (string id, TodoStore store) => new { data = store.Get(id) });
        todos.On("todo:list", (TodoStore store) => new { data = store.All() });
        todos.On("todo:update", async (Socket socket, Todo todo, TodoStore store) =>
        {
            store.Replace(Valid(todo));
            await socket.Broadcast.EmitAsync("todo:updated", todo);
        });
        todos.On("todo:delete", async (Socket socket, string id, TodoStore store) =>
        {
            store.Remove(id);
            await socket.Broadcast.EmitAsync("todo:deleted", id);
        });
    }

    // Annotations on the type would be checked by themselves. These clients want to hear of all mistakes, in a shape of their own.
    private static T Valid<T>(T todo)
        where T : NewTodo
    {
        Mistake[] mistakes = [.. Mistakes(todo)];
        return mistakes.Length == 0 ? todo : throw new EventException("invalid payload", mistakes);
    }

    private static IEnumerable<Mistake> Mistakes(NewTodo todo)
    {
        if (todo is Todo { Id: var id } && !Guid.TryParse(id, out _))
            yield return Mistake.Of("id", "must be a valid GUID", "string.guid");
        if (todo.Title is null)
            yield return Mistake.Of("title", "is required", "any.required");
        else if (todo.Title.Length is 0 or > LongestTitle)
            yield return Mistake.Of("title", $"must have 1 to {LongestTitle} characters", "string.length");
        if (todo.Completed is null)
            yield return Mistake.Of("completed", "is required", "any.required");
    }

    private sealed record Mistake(string Message, string[] Path, string Type)
    {
        public static Mistake Of(string property, string message, string type) => new($"\"{property}\" {message}", [property], type);
    }
}
