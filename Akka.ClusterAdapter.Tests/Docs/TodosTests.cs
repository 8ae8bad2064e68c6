using System.Text.Json;
using Akka.ClusterAdapter.Testing;
using FromNode;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>
/// The to-do list of docs/from-node-examples.md, handler by handler and without a transport: who changes something is answered, the others hear of it; who asks
/// for what cannot be is told all that is wrong, and nobody hears of it.
/// </summary>
public sealed class TodosTests : IAsyncLifetime
{
    private readonly SocketIOTestServer _server = SocketIOTest.Create(io => Todos.Map(io.Of("/")), options => options.Services.AddSingleton<TodoStore>());
    private SocketIOTestClient _ada = null!;
    private SocketIOTestClient _bob = null!;

    private TodoStore Store => _server.Services.GetRequiredService<TodoStore>();

    public async Task InitializeAsync() => (_ada, _bob) = (await _server.ConnectAsync(), await _server.ConnectAsync());

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    [Fact]
    public async Task What_is_created_has_an_id_is_kept_and_the_others_hear_of_it()
    {
        var answer = await AskAsync("todo:create", new { title = "tea", completed = false });

        var id = answer.GetProperty("data").GetString()!;
        var kept = new Todo(id, "tea", false);
        Assert.True(Guid.TryParse(id, out _));
        Assert.Equal((kept, kept), (Store.Get(id), await _bob.WaitForAsync<Todo>("todo:created")));
        await _server.IdleAsync();
        Assert.Empty(_ada.Received);
    }

    [Fact]
    public async Task Text_for_a_flag_and_properties_that_nobody_knows_do_no_harm()
    {
        await AskAsync("todo:create", new { title = "tea", completed = "true", description = new { much = 1 } });

        Assert.Equal(new NewTodo("tea", true), new NewTodo((await _bob.WaitForAsync<Todo>("todo:created")).Title, Assert.Single(Store.All()).Completed));
    }

    [Fact]
    public async Task What_is_on_the_list_can_be_read_in_the_order_in_which_it_came()
    {
        Todo[] todos = [Store.Add(new("tea", false)), Store.Add(new("milk", true)), Store.Add(new("cups", false))];

        var one = await AskAsync("todo:read", todos[1].Id!);
        var all = await _ada.EmitWithAckAsync<JsonElement>("todo:list");

        Assert.Equal(todos[1], Data<Todo>(one));
        Assert.Equal(todos, Data<Todo[]>(all));
    }

    [Fact]
    public async Task A_change_is_acknowledged_kept_and_the_others_hear_of_it()
    {
        var changed = Store.Add(new("tea", false)) with { Title = "green tea", Completed = true };

        var answer = await AskAsync("todo:update", changed);

        Assert.Equal(JsonValueKind.Undefined, answer.ValueKind);
        Assert.Equal((changed, changed), (Store.Get(changed.Id!), await _bob.WaitForAsync<Todo>("todo:updated")));
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_the_others_hear_of_it()
    {
        var todo = Store.Add(new("tea", false));

        var answer = await AskAsync("todo:delete", todo.Id!);

        Assert.Equal(JsonValueKind.Undefined, answer.ValueKind);
        Assert.Equal(todo.Id, await _bob.WaitForAsync<string>("todo:deleted"));
        Assert.Empty(Store.All());
    }

    [Theory]
    [InlineData("todo:create", """{"completed":"false","description":true}""", "title any.required")]
    [InlineData("todo:create", """{"title":"","completed":1}""", "title string.length", "completed any.required")]
    [InlineData("todo:create", "{}", "title any.required", "completed any.required")]
    [InlineData("todo:update", """{"id":"123","completed":"false","description":true}""", "id string.guid", "title any.required")]
    [InlineData("todo:update", """{"title":"tea","completed":false}""", "id string.guid")]
    public async Task What_does_not_fit_is_answered_with_every_mistake_and_nobody_hears_of_it(string name, string payload, params string[] mistakes)
    {
        var answer = await AskAsync(name, JsonElement.Parse(payload));

        Assert.Equal("invalid payload", answer.GetProperty("error").GetString());
        var told = answer.GetProperty("errorDetails").EnumerateArray().ToArray();
        Assert.Equal(mistakes, told.Select(one => $"{one.GetProperty("path")[0]} {one.GetProperty("type")}"));
        Assert.All(told, one => Assert.StartsWith($"\"{one.GetProperty("path")[0]}\" ", one.GetProperty("message").GetString(), StringComparison.Ordinal));
        await NobodyHearsOfItAsync();
    }

    [Theory]
    [InlineData("todo:read")]
    [InlineData("todo:update")]
    [InlineData("todo:delete")]
    public async Task What_is_not_there_is_said_and_nobody_hears_of_it(string name)
    {
        foreach (var id in new[] { "123", Guid.NewGuid().ToString() })
        {
            var answer = await AskAsync(name, name == "todo:update" ? new Todo(Guid.NewGuid().ToString(), "tea", false) : id);
            Assert.Equal("entity not found", answer.GetProperty("error").GetString());
        }

        await NobodyHearsOfItAsync();
    }

    private Task<JsonElement> AskAsync(string name, object payload) => _ada.EmitWithAckAsync<JsonElement>(name, [payload]);

    private static T Data<T>(JsonElement answer) => answer.GetProperty("data").Deserialize<T>(JsonSerializerOptions.Web)!;

    private async Task NobodyHearsOfItAsync()
    {
        Assert.Empty(Store.All());
        await _server.IdleAsync();
        Assert.Empty(_bob.Received);
    }
}
