using Akka.ClusterAdapter.Hosting;

namespace Akka.ClusterAdapter.Tests.Hosting;

public sealed class AdvertisedAddressTests
{
    [Theory]
    [InlineData("http://0.0.0.0:8080", "10.0.0.5", "http://10.0.0.5:8080")]
    [InlineData("http://[::]:8080", "fd00::5", "http://[fd00::5]:8080")]
    [InlineData("http://*:80", "worker-1.chat", "http://worker-1.chat:80")]
    [InlineData("http://10.0.0.7:8080", "10.0.0.5", "http://10.0.0.7:8080")]
    [InlineData("http://127.0.0.1:5000", "127.0.0.1", "http://127.0.0.1:5000")]
    [InlineData("http://localhost:5000", "127.0.0.1", "http://127.0.0.1:5000")]
    [InlineData("https://0.0.0.0:443", "10.0.0.5", "https://10.0.0.5:443")]
    [InlineData("https://0.0.0.0:443 http://0.0.0.0:80", "10.0.0.5", "http://10.0.0.5:80")]
    [InlineData("http://127.0.0.1:3000 http://127.0.0.1:40000", "127.0.0.1", "http://127.0.0.1:40000")]
    [InlineData("http://127.0.0.1:5000 http://0.0.0.0:80", "10.0.0.5", "http://10.0.0.5:80")]
    [InlineData("http://127.0.0.1:5000", "10.0.0.5", null)]
    [InlineData("http://127.0.0.1:3000", "127.0.0.1", null)]
    [InlineData("http://unix:/run/chat.sock", "127.0.0.1", "http://unix:/run/chat.sock")]
    [InlineData("http://unix:/run/chat.sock http://127.0.0.1:5000", "127.0.0.1", "http://127.0.0.1:5000")]
    [InlineData("http://unix:/run/chat.sock", "10.0.0.5", null)]
    [InlineData("https://unix:/run/chat.sock", "127.0.0.1", null)]
    [InlineData("", "127.0.0.1", null)]
    public void The_address_is_one_that_others_can_use(string addresses, string clusterHost, string? chosen) =>
        Assert.Equal(chosen, AdvertisedAddress.Choose(addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries), clusterHost, sharedPort: 3000));
}
