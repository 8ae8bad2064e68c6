namespace ClusterExample;

/// <summary>What the server says. wwwroot/events.d.ts is made of it, and the page is checked against that.</summary>
[ServerToClient]
internal interface IChatClient
{
    /// <summary>You are in; this is how the others see you.</summary>
    ValueTask Hello(Person you);

    /// <summary>Somebody came, or has another name or other rooms.</summary>
    ValueTask Person(Person person);

    /// <summary>Somebody left.</summary>
    ValueTask Gone(string id);

    /// <summary>Somebody said something in a room.</summary>
    ValueTask Said(Line line);
}

/// <summary>What clients say, and what they are answered.</summary>
[ClientToServer]
internal interface IChatServer
{
    /// <summary>Everybody, whichever worker they are on.</summary>
    ValueTask<Person[]> People();

    /// <summary>False when the room or the text is not accepted.</summary>
    ValueTask<bool> Say(string room, string text);

    /// <summary>You as you are then.</summary>
    ValueTask<Person> Join(string room);

    /// <summary>You as you are then.</summary>
    ValueTask<Person> Leave(string room);

    /// <summary>You as you are then.</summary>
    ValueTask<Person> Rename(string name);
}

/// <summary>Somebody in the chat, as everybody sees them.</summary>
internal sealed record Person(string Id, string Name, int Worker, int Pid, IReadOnlyList<string> Rooms);

/// <summary>A line of chat. The worker that took it is not always the one that delivers it.</summary>
internal sealed record Line(string From, string Name, string Room, string Text, int Worker);
