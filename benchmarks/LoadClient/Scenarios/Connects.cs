using LoadClient.Sockets;

namespace LoadClient.Scenarios;

/// <summary>Connects with a WebSocket, waits until the server has answered the CONNECT packet, closes, connects again.</summary>
internal sealed class Connects(EventLoop loop, LoadSettings settings) : Scenario(loop, settings)
{
    private long _connected;
    private long _failed;

    internal override async Task RunAsync()
    {
        var loops = Enumerable.Range(0, Settings.Concurrency).Select(_ => ConnectAgainAsync()).ToArray();
        var measured = await MeasureAsync(() => _connected);
        await Task.WhenAll(loops);
        Print("connect", measured, new() { ["concurrency"] = Settings.Concurrency }, ("failed", _failed));
    }

    private async Task ConnectAgainAsync()
    {
        while (!IsOver)
        {
            var start = Clock.Now;
            try
            {
                var connection = await Clients.ConnectOnceAsync();
                _connected++;
                Latency.Add(Clock.Milliseconds(connection.ReadyAt - start));
                Clients.Close(connection);
            }
            catch (Exception error) when (error is IOException or TimeoutException)
            {
                _failed++;
            }
        }
    }
}
