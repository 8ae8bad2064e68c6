using Akka.ClusterAdapter.Server;

namespace FromNode;

/// <summary>A to-do list that all clients share: create, read, update, delete, list. Others hear of every change.</summary>
internal static class Todos
{
    private const int LongestTitle = 100;
    private static readonly string[] TitlePath = ["title"];

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

    // Annotations on the type would be checked by themselves. These clients want to hear of a mistake in a shape of their own.
    private static T Valid<T>(T todo)
        where T : NewTodo =>
        todo.Title is { Length: > 0 and <= LongestTitle }
            ? todo
            : throw new EventException("invalid payload", new[] { new { message = $"\"title\" must have 1 to {LongestTitle} characters", path = TitlePath } });
}
