using Akka.ClusterAdapter.Engine;
using Akka.ClusterAdapter.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class EngineOptionsTests
{
    public static TheoryData<Action<EngineOptions>, string> Wrong => new()
    {
        { o => o.PingInterval = TimeSpan.Zero, "PingInterval" },
        { o => o.PingTimeout = TimeSpan.FromDays(2), "PingTimeout" },
        { o => o.UpgradeTimeout = TimeSpan.Zero, "UpgradeTimeout" },
        { o => o.MessageTimeout = TimeSpan.Zero, "MessageTimeout" },
        { o => o.MaxPayload = 0, "MaxPayload" },
        { o => o.MaxPacketsPerPayload = 0, "MaxPacketsPerPayload" },
        { o => o.MaxOutboundBytes = 0, "MaxOutboundBytes" },
        { o => o.MaxOutboundPackets = 0, "MaxOutboundPackets" },
        { o => o.MaxSessions = -1, "MaxSessions" },
        { o => o.MaxSessionsPerAddress = -1, "MaxSessionsPerAddress" },
        { o => o.MaxHandshakesPerSecond = -1, "MaxHandshakesPerSecond" },
        { o => o.MaxHandshakeBurst = -1, "MaxHandshakeBurst" },
        { o => o.MaxPacketsPerSecond = -1, "MaxPacketsPerSecond" },
        { o => o.MaxPacketBurst = -1, "MaxPacketBurst" },
        { o => o.MaxBytesPerSecond = -1, "MaxBytesPerSecond" },
        { o => o.HttpCompressionThreshold = -1, "HttpCompressionThreshold" },
        { o => o.Transports = [], "Transports" },
        { o => o.Transports = ["polling", "webtransport"], "\"webtransport\" is unknown" },
        { o => o.Cookie = new() { SameSite = SameSiteMode.None }, "must be Secure" },
        { o => o.Cookie = new() { Name = "a;b" }, "cookie's name" },
        { o => o.Cookie = new() { Path = "/;x" }, "path and domain" },
        { o => o.Cookie = new() { Domain = "a\r\nb" }, "path and domain" },
        { o => o.Cookie = new() { MaxAge = TimeSpan.FromSeconds(-1) }, "MaxAge" },
        { o => o.MaxPongsPerSecond = 0, "MaxPongsPerSecond" },
        { o => (o.PingInterval, o.PingTimeout) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)), "at least 20 ms" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_setting_is_refused_with_its_name(Action<EngineOptions> set, string text)
    {
        var options = new EngineOptions();
        set(options);

        var refusal = Assert.Throws<OptionsValidationException>(
            () => new EngineServer(options, new RecordingHandler(), TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains(text, refusal.Message);
    }

    [Fact]
    public async Task The_defaults_are_valid()
    {
        await using var server = new EngineServer(new(), new RecordingHandler(), TimeProvider.System, NullLoggerFactory.Instance);

        Assert.Equal(0, server.SessionCount);
    }

    [Fact]
    public void A_tag_has_24_bits()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new EngineServer(new(), new RecordingHandler(), TimeProvider.System, NullLoggerFactory.Instance) { Tag = 1 << 24 });
    }
}
