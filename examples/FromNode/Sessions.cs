using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace FromNode;

/// <summary>A user, and the secret by which they are known again.</summary>
internal sealed record Session(string Id, string UserId, string Username);

/// <summary>A message from one user to another.</summary>
internal sealed record Message(string Content, string From, string To);

/// <summary>Sessions and messages in memory. Several workers need a database here.</summary>
internal sealed class Sessions
{
    private const int MostSessions = 10_000;
    private const int MostMessages = 10_000;
    private const int LongestName = 30;

    private readonly ConcurrentDictionary<string, Session> _sessions = new();
    private readonly ConcurrentDictionary<string, Session> _users = new();
    private readonly ConcurrentQueue<Message> _messages = new();

    public Session? Find(string? id) => id is not null && _sessions.TryGetValue(id, out var session) ? session : null;

    /// <summary>A new user; null when the name will not do, or there are too many.</summary>
    public Session? Create(string? username)
    {
        if (username?.Trim() is not { Length: > 0 and <= LongestName } name || _sessions.Count >= MostSessions)
            return null;
        var session = new Session(Secret(), Secret(), name);
        _users[session.UserId] = _sessions[session.Id] = session;
        return session;
    }

    public IEnumerable<Session> Users() => _users.Values;

    public Session? OfUser(string? userId) => userId is not null && _users.TryGetValue(userId, out var session) ? session : null;

    public void Keep(Message message)
    {
        _messages.Enqueue(message);
        while (_messages.Count > MostMessages)
            _messages.TryDequeue(out _);
    }

    public IReadOnlyList<Message> MessagesOf(string userId) => [.. _messages.Where(message => message.From == userId || message.To == userId)];

    private static string Secret() => RandomNumberGenerator.GetHexString(16, lowercase: true);
}
