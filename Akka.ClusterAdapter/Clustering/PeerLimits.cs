namespace Akka.ClusterAdapter.Clustering;

/// <summary>How large a message between workers may be.</summary>
internal static class PeerLimits
{
    /// <summary>
    /// What is kept free of a frame: the paths of sender and receiver, and a distance from the few sizes just below the frame size that
    /// pass the sender's check and break the link at the receiver.
    /// </summary>
    public const int Margin = 16_000;

    /// <summary>Smallest accepted <c>akka.remote.dot-netty.tcp.maximum-frame-size</c>, in bytes.</summary>
    public const int SmallestFrame = 128_000;

    /// <summary>Bytes an answer needs beside its items.</summary>
    public const int AnswerHead = 64;

    /// <summary>Bytes of the largest message that is sent with that frame size.</summary>
    public static int LargestMessage(int frameSize) => frameSize - Margin;
}
