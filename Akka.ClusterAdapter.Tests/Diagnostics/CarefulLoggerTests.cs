using Akka.ClusterAdapter.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Diagnostics;

public sealed class CarefulLoggerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _inner = new();

    public void Dispose() => _inner.Dispose();

    [Fact]
    public void What_a_stranger_names_cannot_command_a_terminal()
    {
        var logger = new CarefulLogger(_inner, _time);

        logger.LogWarning("event {Name} is unknown", "\u001b[2J\r\nfake line \u202E");

        var line = Assert.Single(_inner.Lines);
        Assert.Equal("event \\u001B[2J\\u000D\\u000Afake line \\u202E is unknown", line.Text);
        Assert.Equal("\\u001B[2J\\u000D\\u000Afake line \\u202E", line.Values.Single(value => value.Key == "Name").Value);
    }

    [Fact]
    public void A_value_of_a_megabyte_is_one_short_line()
    {
        var logger = new CarefulLogger(_inner, _time);

        logger.LogWarning(new InvalidOperationException(new string('y', 1_000_000)), "{Name}", new string('x', 1_000_000));

        var line = Assert.Single(_inner.Lines);
        Assert.InRange(line.Text.Length, 1, LogText.MostOfLine + 40);
        Assert.InRange(((string)line.Values[0].Value!).Length, 1, LogText.MostOfValue + 40);
        Assert.InRange(line.Exception!.ToString().Length, 1, LogText.MostOfException + 40);
        Assert.InRange(line.Exception.Message.Length, 1, LogText.MostOfLine + 40);
    }

    [Fact]
    public void Ordinary_text_and_exceptions_pass_untouched()
    {
        var logger = new CarefulLogger(_inner, _time);
        var exception = new InvalidOperationException("what went wrong");

        logger.LogWarning(exception, "Grüße, {Name} 👋", "Zoë");

        var line = Assert.Single(_inner.Lines);
        Assert.Equal("Grüße, Zoë 👋", line.Text);
        Assert.Same(exception, line.Exception);
    }

    [Fact]
    public void Repeated_lines_are_left_out_and_counted()
    {
        var logger = new CarefulLogger(_inner, _time);

        for (var i = 0; i < 1_000; i++)
            logger.Log(LogLevel.Warning, new EventId(7, "Refused"), "refused {Number}", i);
        logger.Log(LogLevel.Warning, new EventId(8, "Other"), "another event");

        Assert.Equal(CarefulLogger.Most + 1, _inner.Lines.Count);
        _time.Advance(CarefulLogger.Period);
        var last = _inner.Lines[^1];
        Assert.Equal((LogLevel.Warning, 7, "980 more lines of this kind (Refused) were left out in the last 10 s."), (last.Level, last.Id.Id, last.Text));
        Assert.Contains(last.Values, value => value is { Key: "Count", Value: 980 });
        logger.Log(LogLevel.Warning, new EventId(7, "Refused"), "refused again");
        Assert.Equal("refused again", _inner.Lines[^1].Text);
    }

    [Fact]
    public void Lines_that_come_now_and_then_are_all_there()
    {
        var logger = new CarefulLogger(_inner, _time);

        for (var i = 0; i < 100; i++)
        {
            logger.LogWarning("refused");
            _time.Advance(CarefulLogger.Period / 10);
        }

        Assert.Equal(100, _inner.Lines.Count);
    }

    [Fact]
    public void A_log_that_throws_hurts_nobody()
    {
        var logger = new CarefulLogger(new ListLogger(writing: () => throw new IOException("the disk is full")), _time);

        Assert.Null(Record.Exception(() => logger.LogError("lost")));
    }
}
