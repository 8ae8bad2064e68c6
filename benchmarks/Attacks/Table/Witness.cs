using Attacks.Clients;

namespace Attacks.Table;

/// <summary>An honest client that asks all the time, and tells how long the slowest answer took.</summary>
internal sealed class Witness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HonestClient _client = new();
    private readonly CancellationTokenSource _end = new();
    private Task _asking = Task.CompletedTask;
    private double _worst;
    private int _asked;

    public static async Task<Witness> StartAsync(string url)
    {
        var witness = new Witness();
        await witness._client.ConnectAsync(url);
        for (var i = 0; i < 50; i++)
            await witness._client.AskAsync("ping1", "1", Patience);
        return witness;
    }

    public void Begin() => _asking = AskAsync();

    public async Task<string> EndAsync()
    {
        await _end.CancelAsync();
        await _asking;
        return _client.Ended is { } why ? $"lost its connection ({why})" : $"slowest answer {_worst:0} ms";
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _client.DisposeAsync();
        _end.Dispose();
    }

    private async Task AskAsync()
    {
        while (!_end.IsCancellationRequested && _client.Ended is null)
        {
            var start = TimeProvider.System.GetTimestamp();
            try
            {
                await _client.AskAsync("ping1", $"{_asked++}", Patience);
            }
            catch (Exception e) when (e is TimeoutException or System.Net.WebSockets.WebSocketException)
            {
                _worst = double.PositiveInfinity;
                return;
            }

            _worst = Math.Max(_worst, TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(5);
        }
    }
}
