using System.Text.Json;
using Akka.ClusterAdapter.Server.Filters;
using Akka.ClusterAdapter.Tests.Architecture;

namespace Akka.ClusterAdapter.Tests.Contracts;

/// <summary>The declarations, judged by the TypeScript compiler.</summary>
public sealed class TypeScriptTests
{
    [Fact]
    public async Task What_the_library_writes_has_the_types_that_are_declared()
    {
        using var run = new TypesRun();
        var (code, declarations, complaints) = run.Declare(
            await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "Akka.ClusterAdapter.Tests", "Contracts", "Samples.cs")));
        await run.WriteAsync("samples.ts", SampleValues.Program("events"));
        await run.WriteAsync("refused.ts", """
            import type { Animal, Color, Enums, Handled, Level, Nulls, Page, Scalars, Binaries } from "./events";
            // @ts-expect-error a number is no text
            export const a: Scalars["i"] = "1";
            // @ts-expect-error null is refused where C# refuses it
            export const b: Scalars["text"] = null;
            // @ts-expect-error an element that may not be null
            export const c: Page<string> = { items: [null], total: 1, first: null, byName: {} };
            // @ts-expect-error no such value
            export const d: Color = 2;
            // @ts-expect-error the name in JSON is another
            export const e: Level = "High";
            // @ts-expect-error no such kind
            export const f: Animal = { kind: "bird", name: "b" };
            // @ts-expect-error a cat has another property
            export const g: Animal = { kind: "cat", name: "c", friend: null };
            // @ts-expect-error a number as text
            export const i: Handled["big"] = 1;
            // @ts-expect-error bytes are no text
            export const j: Binaries["bytes"] = "AQ==";
            // @ts-expect-error must be there, if only as null
            export const k: Nulls = { number: 1, text: null, at: null, order: null, texts: [], numbers: null, orders: {} };
            export const l: Enums["asText"] = "Green";
            """);

        var errors = await run.CheckAsync("samples.ts", "refused.ts");

        Assert.True(errors.Length == 0, errors + "\n" + declarations);
        Assert.Equal((0, ""), (code, complaints));
    }

    [Fact]
    public async Task A_rename_in_the_contract_breaks_the_pages_check()
    {
        const string Contract = """
            namespace Chat;
            [ServerToClient("/chat")] public interface IChatClient { ValueTask Said(Message message); ValueTask<int> HowMany(CancellationToken ct); }
            [ClientToServer("/chat")] public interface IChatServer
            {
                ValueTask Say(string room, string? text = null);
                ValueTask<Message[]> History(string room, int count = 10);
            }
            public sealed record Message(string Id, string Text, DateTimeOffset At);
            """;
        using var run = new TypesRun();
        await run.WriteAsync("page.ts", """
            import { io, type Socket } from "socket.io-client";
            import type { ChatServerToClientEvents, ChatClientToServerEvents, Message } from "./events";
            const socket: Socket<ChatServerToClientEvents, ChatClientToServerEvents> = io("/chat");
            const seen: Message[] = [];
            socket.on("said", message => { seen.push(message); console.log(message.text.length, message.at.slice(0, 4)); });
            socket.on("howMany", callback => callback(seen.length));
            socket.emit("say", "lobby");
            socket.emit("say", "lobby", "hello", () => console.log("heard"));
            socket.emitWithAck("history", "lobby", 5).then(messages => messages.map(message => message.id));
            socket.emit("history", "lobby", undefined, messages => console.log(messages.length));
            // @ts-expect-error nobody hears it
            socket.emit("shout", "lobby");
            // @ts-expect-error a room is a text
            socket.emit("say", 1);
            // @ts-expect-error nobody says it
            socket.on("whispered", () => {});
            """);

        var asItWas = run.Declare(Contract);
        var errors = await run.CheckAsync("page.ts");
        run.Declare(Contract.Replace("Said(", "Spoke(", StringComparison.Ordinal));
        var renamedEvent = await run.CheckAsync("page.ts");
        run.Declare(Contract.Replace("string Text,", "string Body,", StringComparison.Ordinal));
        var renamedProperty = await run.CheckAsync("page.ts");

        Assert.True(errors.Length == 0, errors + "\n" + asItWas.Declarations);
        Assert.Contains("page.ts(5,", renamedEvent, StringComparison.Ordinal);
        Assert.Contains("'\"said\"' is not assignable", renamedEvent, StringComparison.Ordinal);
        Assert.Contains("Property 'text' does not exist on type 'Message'", renamedProperty, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_failures_an_answer_is_what_the_handler_returns_or_why_there_is_none()
    {
        using var run = new TypesRun();
        var codes = typeof(FailureCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToList();
        var (code, declarations, complaints) = run.Declare("""
            [ServerToClient] public interface IC { ValueTask<int> HowMany(); ValueTask Odd(AckError mine); }
            [ClientToServer] public interface IS
            {
                ValueTask<int> Count(); ValueTask<string?> Name(int id); ValueTask<Order> Buy(int count);
                ValueTask Say(string text); ValueTask<object> Raw(); ValueTask<int> Sum(params int[] all);
            }
            public sealed record Order(string Id); public sealed record AckError(string Mine);
            """, "--ack-errors");
        EventFailure[] failures =
            [.. codes.Select(code => new EventFailure(code, "no", new { left = 0 })), new EventFailure(null, "no"), new EventFailure("mine", "no")];
        await run.WriteAsync("page.ts", $$"""
            import type { Socket } from "socket.io-client";
            import type { AckError, AckError2, ServerToClientEvents, ClientToServerEvents } from "./events";
            declare const socket: Socket<ServerToClientEvents, ClientToServerEvents>;
            const failed = (answer: unknown): answer is AckError => typeof answer === "object" && answer !== null && "error" in answer;
            socket.emit("count", (value) => failed(value) ? value.error.message : value.toFixed());
            socket.emitWithAck("name", 1).then((name) => failed(name) ? name.error.data : name?.length);
            socket.timeout(1000).emit("buy", 1, (late, answer) => "error" in answer ? answer.error.code === "rate_limited" : answer.id);
            socket.emit("say", "a");
            socket.emit("say", "a", () => {});
            socket.emit("say", "a", (why) => why?.error.message.length);
            socket.emit("raw", (value: unknown) => value);
            socket.emit("sum", 1, 2, (sum) => failed(sum) ? 0 : sum + 1);
            socket.on("howMany", (callback) => callback(1));
            socket.on("odd", (mine: AckError2) => mine.mine.length);
            // @ts-expect-error it may have failed
            socket.emit("count", (value) => value.toFixed());
            // @ts-expect-error a client answers with a value
            socket.on("howMany", (callback) => callback({ error: { message: "no" } }));
            export const asTheServerWritesThem: AckError[] = {{JsonSerializer.Serialize(failures, JsonSerializerOptions.Web)}};
            """);

        var errors = await run.CheckAsync("page.ts");

        Assert.True(errors.Length == 0, errors + "\n" + declarations);
        Assert.Equal((0, ""), (code, complaints));
        Assert.Contains(
            $"code?: {string.Join(" | ", codes.Order(StringComparer.Ordinal).Select(code => $"\"{code}\""))} | (string & {{}});",
            declarations, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_parameters_are_the_clients_arguments_in_every_shape()
    {
        using var run = new TypesRun();
        var (_, declarations, complaints) = run.Declare("""
            using System.Text.Json; using System.Security.Claims; using Akka.ClusterAdapter.Protocol; using Microsoft.AspNetCore.Mvc;
            [ClientToServer]
            public sealed class Handler : SocketHandler
            {
                [On("plain")] public ValueTask Plain(string a, EventContext e, int b) => default;
                [On("given")] public Task Given(
                    Socket s, IFormatProvider service, [FromServices] List<int> other, ClaimsPrincipal user, string a, CancellationToken ct)
                    => Task.CompletedTask;
                [On("optional")] public ValueTask<int> Optional(string a, int? b, string c = "c") => default;
                [On("left-out")] public ValueTask LeftOut(int? a, string b, int? @class, string c = "c") => default;
                [On("rest")] public ValueTask Rest(string a, params int?[] function) => default;
                [On("rest-and-answer")] public ValueTask<string?> RestAndAnswer(params string[] words) => default;
                [On("raw")] public ValueTask<object> Raw(string a, PacketArguments others) => default;
                [On("nothing")] public ValueTask Nothing() => default;
            }
            """);
        await run.WriteAsync("page.ts", """
            import type { Socket } from "socket.io-client";
            import type { ServerToClientEvents, ClientToServerEvents } from "./events";
            declare const socket: Socket<ServerToClientEvents, ClientToServerEvents>;
            socket.emit("plain", "a", 1);
            socket.emit("given", "a");
            socket.emit("optional", "a", null, undefined, (value: number) => value);
            socket.emit("left-out", null, "b");
            socket.emit("left-out", 1, "b", 2, "c");
            socket.emit("rest", "a", 1, null, 2);
            socket.emit("rest-and-answer", "a", "b", (value: string | null) => value);
            socket.emit("raw", "a", 1, {}, (value: unknown) => value);
            socket.emit("nothing");
            // @ts-expect-error an argument is missing
            socket.emit("plain", "a");
            // @ts-expect-error what is not last cannot be left out
            socket.emit("left-out", undefined);
            """);

        var errors = await run.CheckAsync("page.ts");

        Assert.True(errors.Length == 0, errors + "\n" + declarations);
        Assert.Equal("", complaints);
    }
}
