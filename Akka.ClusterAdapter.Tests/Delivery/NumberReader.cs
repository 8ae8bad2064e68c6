using System.Globalization;
using System.Net.WebSockets;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>A client that keeps the numbers of what it gets, by kind: messages are KIND/NUMBER/ANYTHING.</summary>
internal sealed class NumberReader : IAsyncDisposable
{
    private const string Broadcast = "42[\"b\",\"";

    private readonly LoadConnection _connection;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<int>> _numbers = new(StringComparer.Ordinal);
    private readonly Task _reading;

    private NumberReader(LoadConnection connection)
    {
        _connection = connection;
        _reading = ReadAsync();
    }

    public static async Task<NumberReader> JoinAsync(string url, params string[] rooms) =>
        new(await LoadConnection.JoinAsync(url, rooms, CancellationToken.None));

    /// <summary>All numbers of one kind, in the order they came.</summary>
    public IReadOnlyList<int> Numbers(string kind)
    {
        lock (_gate)
            return _numbers.TryGetValue(kind, out var numbers) ? [.. numbers] : [];
    }

    /// <summary>The latest number of one kind; -1 before the first.</summary>
    public int Last(string kind)
    {
        lock (_gate)
            return _numbers.TryGetValue(kind, out var numbers) ? numbers[^1] : -1;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _connection.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _connection.ReadAsync(_end.Token) is { } text)
            {
                if (text.StartsWith(Broadcast, StringComparison.Ordinal))
                    Take(text);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // What is missing then, the test finds.
        }
    }

    private void Take(string text)
    {
        var kind = text.IndexOf('/', StringComparison.Ordinal);
        var number = text.IndexOf('/', kind + 1);
        lock (_gate)
        {
            var name = text[Broadcast.Length..kind];
            if (!_numbers.TryGetValue(name, out var numbers))
                _numbers.Add(name, numbers = []);
            numbers.Add(int.Parse(text.AsSpan(kind + 1, number - kind - 1), CultureInfo.InvariantCulture));
        }
    }
}
