using System.Text.Json;
using Akka.ClusterAdapter.Protocol;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Admin;

/// <summary>What a page may ask for.</summary>
internal enum AdminCommandKind
{
    Emit,
    Join,
    Leave,
    Disconnect,
}

/// <summary>A command of a page.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Namespace">In which namespace.</param>
/// <param name="Filter">For whom: a room, or a socket's id; null for all.</param>
/// <param name="Name">The event, or the room to join or leave; empty for a disconnect.</param>
/// <param name="Close">Whether whole connections are to be closed.</param>
/// <param name="Args">Arguments of the event.</param>
internal sealed record AdminCommand(AdminCommandKind Kind, string Namespace, string? Filter, string Name, bool Close, IReadOnlyList<object?> Args)
{
    /// <summary>What a page has sent; null when it is no such command.</summary>
    // emit nsp filter name ...args | join nsp room filter? | leave nsp room filter? | _disconnect nsp close filter?
    public static AdminCommand? Read(AdminCommandKind kind, EventContext e)
    {
        try
        {
            return kind switch
            {
                AdminCommandKind.Emit => new(kind, Text(e, 0)!, Text(e, 1), Text(e, 2)!, false, [.. e.Args.Skip(3)]),
                AdminCommandKind.Disconnect => new(kind, Text(e, 0)!, Text(e, 2), "", !e.IsMissing(1) && e.Get<bool>(1), []),
                _ => new(kind, Text(e, 0)!, Text(e, 2), Text(e, 1)!, false, []),
            };
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public string? WhatIsWrong(SocketIOOptions limits)
    {
        if (string.IsNullOrEmpty(Namespace) || Namespace.Length > limits.MaxNamespaceLength)
            return "no such namespace";
        if (Filter?.Length > limits.MaxRoomNameLength)
            return "the room or socket is too long";
        return Kind switch
        {
            AdminCommandKind.Disconnect => null,
            AdminCommandKind.Emit => IsName(limits.MaxEventNameLength) && !ReservedEventNames.Contains(Name) ? null : "no such event can be sent",
            _ => IsName(limits.MaxRoomNameLength) ? null : "no such room can be",
        };
    }

    /// <summary>Carries it out.</summary>
    /// <param name="target">Whose sockets.</param>
    public ValueTask RunAsync(BroadcastTarget target)
    {
        target = Filter is { } filter ? target.In(filter) : target;
        return Kind switch
        {
            AdminCommandKind.Emit => target.EmitArgsAsync(Name, Args),
            AdminCommandKind.Join => target.SocketsJoinAsync(Name),
            AdminCommandKind.Leave => target.SocketsLeaveAsync(Name),
            _ => target.DisconnectSocketsAsync(Close),
        };
    }

    /// <summary>For another worker. Binary in arguments is Base64 text there.</summary>
    public byte[] ToJson() => AdminJson.Of(this, static (json, command) =>
    {
        json.WriteStartArray();
        json.WriteNumberValue((int)command.Kind);
        json.WriteStringValue(command.Namespace);
        json.WriteStringValue(command.Filter);
        json.WriteStringValue(command.Name);
        json.WriteBooleanValue(command.Close);
        foreach (var arg in command.Args)
            json.WriteText(((PacketArgument)arg!).Get<JsonElement>());
        json.WriteEndArray();
    });

    /// <summary>From another worker.</summary>
    public static AdminCommand Read(byte[] json)
    {
        using var document = AdminJson.Parse(json);
        var parts = document.RootElement;
        return new(
            (AdminCommandKind)parts[0].GetInt32(), parts[1].GetString()!, parts[2].GetString(), parts[3].GetString()!, parts[4].GetBoolean(),
            [.. parts.EnumerateArray().Skip(5).Select(static arg => (object?)arg.Clone())]);
    }

    private bool IsName(int longest) => Name is { Length: > 0 } name && name.Length <= longest;

    /// <summary>A missing, null or empty text is null.</summary>
    private static string? Text(EventContext e, int index)
    {
        if (e.IsMissing(index))
            return null;
        var element = e.Get<JsonElement>(index);
        if (element.ValueKind != JsonValueKind.String)
            throw new ArgumentException("It is no text.", nameof(index));
        return element.GetString() is { Length: > 0 } text ? text : null;
    }
}
