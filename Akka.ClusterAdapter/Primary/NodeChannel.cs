using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Akka.ClusterAdapter.Primary;

/// <summary>The way to a process of Node.js that has started this one and offers a channel, as pm2 does. A message is a line of JSON.</summary>
internal sealed class NodeChannel
{
    private const string DescriptorVariable = "NODE_CHANNEL_FD";
    private const string FormatVariable = "NODE_CHANNEL_SERIALIZATION_MODE";

    private readonly int _descriptor;

    public NodeChannel(int descriptor) => _descriptor = descriptor;

    /// <summary>
    /// This process's channel; null when it has none that speaks JSON. Processes that this one starts do not find it any more: it is not theirs.
    /// </summary>
    /// <exception cref="InvalidOperationException">The variable is there, but is no descriptor.</exception>
    public static NodeChannel? Take()
    {
        var descriptor = Environment.GetEnvironmentVariable(DescriptorVariable);
        var format = Environment.GetEnvironmentVariable(FormatVariable);
        Environment.SetEnvironmentVariable(DescriptorVariable, null);
        Environment.SetEnvironmentVariable(FormatVariable, null);
        if (string.IsNullOrEmpty(descriptor) || format is not (null or "" or "json"))
            return null;
        return int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new NodeChannel(number)
            : throw new InvalidOperationException(
                $"The environment variable {DescriptorVariable} is \"{descriptor}\"; it must be the number of a file descriptor.");
    }

    /// <summary>Says that this process serves, which is what pm2's <c>wait_ready</c> waits for.</summary>
    /// <exception cref="IOException">Nobody is at the other end any more.</exception>
    public void TellReady()
    {
        // Not ours to close: the other side takes its end for the end of this process's channel.
        using var handle = new SafeFileHandle(_descriptor, ownsHandle: false);
        using var channel = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        channel.Write("\"ready\"\n"u8);
    }
}
