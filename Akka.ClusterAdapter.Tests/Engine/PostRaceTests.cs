using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Engine.WebSockets;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Engine;

/// <summary>
/// A session ends, or changes its transport, in the moment in which a POST of its client ends: every order of the steps, one after the other. In every order
/// nobody touches the POST's context once the POST is over.
/// </summary>
public sealed class PostRaceTests
{
    // The steps of one order: E for those of the session's end, R for those of the requests.
    private static readonly string[] Orders = [.. OrdersOf(ends: 2, requests: 2)];

    public static TheoryData<string, string> Races()
    {
        var races = new TheoryData<string, string>();
        foreach (var end in new[] { "discard", "close", "overlap", "ping timeout", "dispose", "upgrade" })
        {
            foreach (var order in Orders)
                races.Add(end, order);
        }

        return races;
    }

    [Fact]
    public void Every_order_is_tried() => Assert.Equal(["EERR", "ERER", "ERRE", "REER", "RERE", "RREE"], Orders.Order());

    [Theory]
    [MemberData(nameof(Races))]
    public async Task A_POST_that_ends_as_its_session_ends_is_never_touched_again(string end, string order)
    {
        await using var race = new Race(end);
        foreach (var step in order)
            await (step == 'E' ? race.EndStepAsync() : race.RequestStepAsync());

        await race.CheckAsync();
    }

    [Theory]
    [InlineData("discard", true)]
    [InlineData("discard", false)]
    [InlineData("upgrade", true)]
    [InlineData("upgrade", false)]
    public async Task The_last_byte_may_come_as_the_reading_is_given_up(string end, bool isBefore)
    {
        await using var race = new Race(end, isBefore);
        await race.EndStepAsync();
        await race.EndStepAsync();

        // When it is here before, the request is complete and answered.
        await race.CheckAsync(isCutOff: !isBefore);
    }

    private static IEnumerable<string> OrdersOf(int ends, int requests)
    {
        if (ends + requests == 0)
            return [""];
        var first = ends > 0 ? OrdersOf(ends - 1, requests).Select(rest => "E" + rest) : [];
        return requests > 0 ? first.Concat(OrdersOf(ends, requests - 1).Select(rest => "R" + rest)) : first;
    }

    /// <summary>A session with an unfinished POST, about to end.</summary>
    private sealed class Race : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly FakeTimeProvider _time = new();
        private readonly RecordingHandler _handler = new();
        private readonly MeterListener _meters = new();
        private readonly EngineServer _server;
        private readonly EngineSocket _session;
        private readonly PostOnAKeptConnection _post;
        private readonly SplitStep _end;
        private readonly bool _isUpgrade;
        private readonly bool _ends;
        private int _ended;
        private int _requested;
        private bool _isCutOff;
        private Task _upgrade = Task.CompletedTask;

        public Race(string end, bool? isByteBefore = null)
        {
            _isUpgrade = end == "upgrade";
            _ends = end is not ("upgrade" or "close");
            _server = StartServer();
            _session = Open();
            _post = new()
            {
                OnCancel = cancel => Meet(cancel, isByteBefore),
            };
            _end = new(ActOf(end));
            _session.Upgraded += _ => _end.Hook();
            _post.Begin(_server, _session);
        }

        public async Task EndStepAsync()
        {
            await (_ended++ == 0 ? _end.FirstAsync() : _end.SecondAsync());

            // What the request makes of it is done before the next step; where bytes are to come later it may well wait on.
            if (!_end.IsDone || _requested > 0)
                return;
            _isCutOff = true;
            await _post.Done.WaitAsync(Patience);
        }

        // Its last byte, then its connection's next request: from the first one's end on every touch is a stray.
        public async Task RequestStepAsync()
        {
            if (_requested++ > 0)
                return;
            _post.LastByte();
            await _post.Done.WaitAsync(Patience);
        }

        public async Task CheckAsync(bool? isCutOff = null)
        {
            await _upgrade.WaitAsync(Patience);
            Assert.Equal(0, _post.Strays);
            Assert.Equal(isCutOff ?? _isCutOff ? 1 : 0, _post.CutOffs);
            Assert.Equal(0, _server.Guard.Failures);
            if (_isUpgrade)
                Assert.True(_session.IsOpen);
            if (_ends)
                await Eventually.TrueAsync(() => _handler.Ends.Count == 1 && _server.SessionCount == 0, "the session's one end");
        }

        public async ValueTask DisposeAsync()
        {
            _meters.Dispose();
            await _server.DisposeAsync();
            await Eventually.TrueAsync(() => _handler.Ends.Count == 1, "the session's one end");
        }

        private EngineServer StartServer()
        {
            // Between taking the POST out and ending it the session's end is counted.
            var isMine = false;
            var thread = Environment.CurrentManagedThreadId;
            _meters.InstrumentPublished = (instrument, listener) =>
            {
                if (isMine && thread == Environment.CurrentManagedThreadId && instrument.Name == "socketio.engine.closed")
                    listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<long>((_, _, _, _) => _end.Hook());
            // What is published at the start are the instruments of other tests' servers.
            _meters.Start();
            isMine = true;
            var server = new EngineServer(new EngineOptions(), _handler, _time, NullLoggerFactory.Instance);
            isMine = false;
            return server;
        }

        private EngineSocket Open()
        {
            var context = new DefaultHttpContext();
            context.Request.Method = HttpMethods.Get;
            context.Request.QueryString = new("?EIO=4&transport=polling");
            Assert.True(_server.HandleAsync(context).IsCompletedSuccessfully);
            return _handler.Sockets.Values.Single();
        }

        private Action ActOf(string end)
        {
            switch (end)
            {
                case "close":
                    return () => _session.Close();
                case "overlap":
                    _session.Polling!.Begin(new());
                    return () => _session.Polling!.Begin(new());
                case "ping timeout":
                    var interval = _server.Options.PingInterval;
                    _session.CheckDeadlines(_server.Clock.After(interval));
                    return () => _session.CheckDeadlines(_server.Clock.After(interval + interval));
                case "dispose":
                    return () => _ = _server.DisposeAsync().AsTask();
                case "upgrade":
                    var transport = new WebSocketTransport(_server, Stream.Null, PipeWriter.Create(Stream.Null), new PostOnAKeptConnection(), null);
                    Assert.True(_session.Upgrade!.TryReserve() && _session.Upgrade.TryBegin(transport));
                    return () => _upgrade = _session.Inbound.ReceiveFrameAsync(transport, "5"u8.ToArray(), isBinary: false).AsTask();
                default:
                    return () => _session.Close(discard: true);
            }
        }

        private void Meet(Action cancel, bool? isByteBefore)
        {
            if (isByteBefore == true)
                _post.LastByte();
            cancel();
            if (isByteBefore == false)
                _post.LastByte();
        }
    }
}
