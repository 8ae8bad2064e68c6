using System.Net;
using Akka.ClusterAdapter.Forwarding;

namespace Akka.ClusterAdapter.Tests.Gateway;

public sealed class ForwardHeaderTests
{
    [Theory]
    [InlineData("10.1.2.3", 80, "http", nameof(ForwardedBy.Worker), "")]
    [InlineData("10.1.2.3", 80, "http", nameof(ForwardedBy.Worker), "admin")]
    [InlineData("2001:db8::1", 65535, "https", nameof(ForwardedBy.Gateway), "")]
    [InlineData(null, 0, "http", nameof(ForwardedBy.LeavingWorker), "")]
    public void What_is_written_can_be_read(string? address, int port, string scheme, string forwarder, string server)
    {
        var by = Enum.Parse<ForwardedBy>(forwarder);
        var header = new ForwardHeader("secret", by, address is null ? null : IPAddress.Parse(address), port, scheme, server);

        var read = ForwardHeader.Read(header.ToText());

        Assert.Equal(header.ToText(), read?.ToText());
        Assert.Equal((server, server.Length > 0 ? 6 : 5), (read?.Server, header.ToText().Split(' ').Length));
        Assert.True(read!.Carries("secret"));
        Assert.False(read.Carries("Secret"));
        Assert.DoesNotContain("secret", read.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("secret anybody 1.2.3.4 80 http")]
    [InlineData("secret worker 1.2.3.4 80")]
    [InlineData("secret worker 1.2.3.4 80 ftp")]
    [InlineData("secret worker 1.2.3.4 -1 http")]
    [InlineData("secret worker 1.2.3.4 65536 http")]
    [InlineData("secret worker nowhere 80 http")]
    [InlineData("secret worker 1.2.3.4 80 http ")]
    [InlineData("secret worker 1.2.3.4 80 http admin more")]
    [InlineData("secret gateway 1.2.3.4 80 http admin")]
    [InlineData("secret leaving-worker 1.2.3.4 80 http admin")]
    public void Anything_else_is_not_read(string text) => Assert.Null(ForwardHeader.Read(text));

    [Fact]
    public void A_worker_without_a_token_trusts_nobody() => Assert.False(new ForwardHeader("", ForwardedBy.Worker, null, 0, "http").Carries(""));
}
