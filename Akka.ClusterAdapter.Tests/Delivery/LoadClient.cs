using System.Net.WebSockets;

namespace Akka.ClusterAdapter.Tests.Delivery;

/// <summary>
/// A client of one worker that notes what it gets and, when it has an interval, broadcasts numbered messages to everybody. When its connection ends it
/// connects again, as real clients do; it is another socket then.
/// </summary>
internal sealed class LoadClient : IAsyncDisposable
{
    private const string Room = "everybody";
    private const string Broadcast = "42[\"b\",\"";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly DeliveryHistory _history;
    private readonly string _url;
    private readonly int _worker;
    private readonly TimeSpan? _interval;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _enough = new();
    private readonly Task _life;
    private Task _sending = Task.CompletedTask;

    public LoadClient(DeliveryHistory history, string url, int worker, TimeSpan? interval)
    {
        _history = history;
        _url = url;
        _worker = worker;
        _interval = interval;
        _life = LiveAsync();
    }

    /// <summary>Its present connection; null while it has none.</summary>
    public SocketLog? Socket { get; private set; }

    /// <summary>What it sends over that connection; null when it does not send.</summary>
    public SourceLog? Source { get; private set; }

    /// <summary>Sends nothing more; it still listens. When it returns the last message has left and is counted.</summary>
    public async Task StopSendingAsync()
    {
        await _enough.CancelAsync();
        await _sending;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _life;
        _end.Dispose();
        _enough.Dispose();
    }

    private async Task LiveAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var connection = await LoadConnection.JoinAsync(_url, [Room], _end.Token);
                await UseAsync(connection);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException)
            {
                // Its worker is gone, or stands still, or is not there yet.
            }

            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task UseAsync(LoadConnection connection)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        var socket = Socket = _history.Join(_worker);
        var source = Source = _interval is null ? null : _history.Begin(_worker);
        _sending = source is null ? Task.CompletedTask : SendAsync(connection, source, over.Token);
        try
        {
            await ReadAsync(connection, socket, over.Token);
        }
        finally
        {
            socket.End(_history.Now);
            source?.End();
            Socket = null;
            await over.CancelAsync();
            await _sending;
        }
    }

    private static async Task ReadAsync(LoadConnection connection, SocketLog socket, CancellationToken ct)
    {
        while (await connection.ReadAsync(ct) is { } text)
        {
            if (text.StartsWith(Broadcast, StringComparison.Ordinal))
                socket.Receive(text[Broadcast.Length..text.IndexOf('"', Broadcast.Length)]);
        }
    }

    private async Task SendAsync(LoadConnection connection, SourceLog source, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct, _enough.Token);
        using var timer = new PeriodicTimer(_interval!.Value, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(enough.Token))
                await connection.SendAsync($"42[\"broadcast\",\"{Room}\",\"{source.Next()}\"]", ct);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The connection is over, or it was enough.
        }
    }
}
