using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

public class PrivateIdTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0xABCDEF)]
    [InlineData(0xFFFFFF)]
    public void A_secret_names_its_worker(int tag)
    {
        var secret = PrivateId.Create(tag);

        Assert.True(PrivateId.TryGetTag(secret, out var read));
        Assert.Equal(tag, read);
        Assert.NotEqual(secret, PrivateId.Create(tag));
    }

    [Theory]
    [InlineData("")]
    [InlineData("guess")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa!")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa_")]
    [InlineData("日aaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData(" aaaaaaaaaaaaaaaaaaaaaaaa ")]
    public void What_cannot_be_one_names_nobody(string text) => Assert.False(PrivateId.TryGetTag(text, out _));
}
