using LoadClient;
using LoadClient.Scenarios;
using LoadClient.Sockets;

try
{
    var settings = new LoadSettings(args);
    EventLoop.Run(settings.Nap, loop => Scenario.Create(loop, settings).RunAsync());
    return 0;
}
catch (Exception error) when (error is ArgumentException or IOException or TimeoutException or UriFormatException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
