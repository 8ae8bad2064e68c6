using System.IO.Pipes;
using Akka.ClusterAdapter.Primary;

namespace Akka.ClusterAdapter.Tests.Primary;

public sealed class NodeChannelTests
{
    [Fact]
    public async Task A_line_of_JSON_says_that_the_process_is_ready()
    {
        await using var parent = new AnonymousPipeServerStream(PipeDirection.In);
        var channel = new NodeChannel((int)parent.ClientSafePipeHandle.DangerousGetHandle());

        channel.TellReady();
        channel.TellReady();
        parent.DisposeLocalCopyOfClientHandle();

        using var reader = new StreamReader(parent);
        Assert.Equal("\"ready\"\n\"ready\"\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public void Without_a_reader_it_fails_instead_of_ending_the_process()
    {
        using var parent = new AnonymousPipeServerStream(PipeDirection.In);
        using var end = parent.ClientSafePipeHandle;
        var channel = new NodeChannel((int)end.DangerousGetHandle());

        parent.SafePipeHandle.Dispose();

        Assert.ThrowsAny<IOException>(channel.TellReady);
    }
}
