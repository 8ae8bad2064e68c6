using System.Collections;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Akka.ClusterAdapter.Diagnostics;

/// <summary>
/// A logger that a stranger can neither fill nor deceive, and that never throws: text is cleaned and cut (<see cref="LogText"/>), and of each event only so
/// many lines pass in a period (20 in 10 s; at Debug and Trace, which an operator turns on for a while, 1,000). What was
/// left out is told as a count at the period's end.
/// </summary>
internal sealed class CarefulLogger(ILogger inner, TimeProvider time) : ILogger
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    public const int Most = 20;
    public const int MostOfDebug = 1_000;

    private readonly ConcurrentDictionary<(LogLevel, int), Quota> _quotas = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        try
        {
            if (QuotaOf(logLevel, eventId).TryTake())
                Write(logLevel, eventId, new Line(state as IReadOnlyList<KeyValuePair<string, object?>>, formatter(state, exception)), exception);
        }
        catch (Exception)
        {
            // A log that fails – a full disk, say – is no reason to fail as well.
        }
    }

    private Quota QuotaOf(LogLevel level, EventId id) => _quotas.GetOrAdd((level, id.Id), static (_, it) => new(it.Me, it.level, it.id), (Me: this, level, id));

    private void Write(LogLevel level, EventId id, Line line, Exception? exception) =>
        inner.Log(level, id, line, exception is null ? null : CleanedException.Of(exception), static (line, _) => line.ToString());

    /// <summary>How many lines of one event may still pass.</summary>
    private sealed class Quota(CarefulLogger logger, LogLevel level, EventId id)
    {
        private readonly Lock _gate = new();
        private readonly int _most = level <= LogLevel.Debug ? MostOfDebug : Most;
        private readonly Guard _guard = new(logger);
        private ITimer? _timer;
        private long _since;
        private int _taken;
        private int _leftOut;

        public bool TryTake()
        {
            var now = logger.Time.GetTimestamp();
            lock (_gate)
            {
                if (_leftOut == 0 && (_taken == 0 || logger.Time.GetElapsedTime(_since, now) >= Period))
                    (_since, _taken) = (now, 0);
                if (_taken < _most)
                {
                    _taken++;
                    return true;
                }

                _leftOut++;
                _timer ??= _guard.CreateTimer(logger.Time, nameof(CarefulLogger), static quota => quota.End(), this, Rest(now), Timeout.InfiniteTimeSpan);
                return false;
            }
        }

        private TimeSpan Rest(long now) => Period - logger.Time.GetElapsedTime(_since, now) is { Ticks: > 0 } rest ? rest : TimeSpan.FromMilliseconds(1);

        private void End()
        {
            int leftOut;
            lock (_gate)
            {
                (leftOut, _leftOut, _taken) = (_leftOut, 0, 0);
                _timer?.Dispose();
                _timer = null;
            }

            logger.Write(level, id, new Line(
                [new("Count", leftOut), new("Event", id.Name)],
                $"{leftOut} more lines of this kind ({id.Name ?? "event " + id.Id}) were left out in the last {Period.TotalSeconds:0} s."), null);
        }
    }

    private TimeProvider Time => time;

    /// <summary>One line and its values, cleaned.</summary>
    private sealed class Line(IReadOnlyList<KeyValuePair<string, object?>>? values, string text) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly string _text = LogText.Clean(text, LogText.MostOfLine);

        public int Count => values?.Count ?? 0;

        public KeyValuePair<string, object?> this[int index]
        {
            get
            {
                var (key, value) = values![index];
                return new(key, value is string it && key != "{OriginalFormat}" ? LogText.Clean(it) : value);
            }
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => _text;
    }

    /// <summary>Stands for an exception whose text is too long or would be obeyed by a terminal.</summary>
    private sealed class CleanedException : Exception
    {
        private readonly string _text;

        private CleanedException(Exception original, string text)
            : base(LogText.Clean(original.Message)) => (_text, StackTrace, HResult) = (text, original.StackTrace, original.HResult);

        public override string? StackTrace { get; }

        public static Exception Of(Exception original)
        {
            var text = original.ToString();
            return LogText.IsClean(text, LogText.MostOfException, mayBreak: true) && LogText.IsClean(original.Message, LogText.MostOfLine, mayBreak: true)
                ? original
                : new CleanedException(original, LogText.Clean(text, LogText.MostOfException, mayBreak: true));
        }

        public override string ToString() => _text;
    }
}
