using Akka.ClusterAdapter.Protocol;

namespace Akka.ClusterAdapter.Operators;

/// <summary>Bodies of events, made the same way by everything that sends one.</summary>
internal static class EventBody
{
    public static PacketBodyWriter Start(IArgumentFormat format, string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (ReservedEventNames.Contains(eventName))
            throw new ArgumentException($"\"{eventName}\" is a reserved event name", nameof(eventName));
        var writer = format.CreateBody();
        writer.Append(eventName);
        return writer;
    }

    public static PacketBody Create(IArgumentFormat format, string eventName, IReadOnlyList<object?> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var writer = Start(format, eventName);
        for (var i = 0; i < args.Count; i++)
            writer.Append(args[i]);
        return writer.Complete();
    }

    /// <summary>The arguments of an answer: no name in front.</summary>
    public static PacketBody Answer(IArgumentFormat format, params ReadOnlySpan<object?> args)
    {
        var writer = format.CreateBody();
        foreach (var arg in args)
            writer.Append(arg);
        return writer.Complete();
    }

    /// <summary>Writes a value, giving the writer back when it cannot be serialised.</summary>
    public static void Append<T>(this PacketBodyWriter writer, T value)
    {
        try
        {
            writer.Write(value);
        }
        catch
        {
            writer.Abandon();
            throw;
        }
    }

    /// <summary>First value of an answer; default when it has none. Only the first counts, as in the original.</summary>
    public static T? FirstAnswer<T>(IArgumentFormat format, PacketBody body)
    {
        var answer = format.Read(PacketType.Ack, body);
        return answer.Count == 0 ? default : answer.Get<T>(0);
    }
}
