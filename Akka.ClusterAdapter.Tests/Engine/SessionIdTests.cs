using Akka.ClusterAdapter.Engine.Sessions;

namespace Akka.ClusterAdapter.Tests.Engine;

public sealed class SessionIdTests
{
    [Theory]
    [InlineData(0, "AAAA")]
    [InlineData(1, "AAAB")]
    [InlineData(0xFFFFFF, "____")]
    public void An_id_is_20_url_safe_characters_that_end_with_the_tag(int tag, string end)
    {
        var sid = SessionId.Create(tag);

        Assert.Matches("^[A-Za-z0-9_-]{20}$", sid);
        Assert.EndsWith(end, sid);
    }

    [Fact]
    public void The_tag_can_be_read_back()
    {
        Assert.True(SessionId.TryGetTag(SessionId.Create(0x123456), out var tag));
        Assert.Equal(0x123456, tag);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("aaaaaaaaaaaaaaaaaaa+")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaaé")]
    public void What_cannot_be_an_id_has_no_tag(string sid)
    {
        Assert.False(SessionId.TryGetTag(sid, out _));
    }

    [Fact]
    public void Ids_differ()
    {
        var ids = Enumerable.Range(0, 1_000).Select(_ => SessionId.Create(7)).ToHashSet();

        Assert.Equal(1_000, ids.Count);
    }
}
