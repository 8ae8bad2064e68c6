using MessagePack;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>What one packet may still have while it is read.</summary>
internal struct MessagePackBounds(PacketDecoderLimits limits)
{
    private int _attachments = limits.MaxAttachments;

    /// <summary>Counts levels.</summary>
    public readonly MessagePackSecurity Security { get; } = MessagePackSecurity.UntrustedData.WithMaximumObjectGraphDepth(limits.MaxDepth);

    /// <summary>There is one more binary value.</summary>
    /// <exception cref="ProtocolException">It is one too many.</exception>
    public void TakeAttachment()
    {
        if (--_attachments < 0)
            throw Oversized.Attachments();
    }
}
