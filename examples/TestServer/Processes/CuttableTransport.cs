using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace TestServer.Processes;

/// <summary>A transport whose associations can be silenced.</summary>
internal sealed class CuttableTransport(Transport wrapped) : AbstractTransportAdapter(wrapped)
{
    protected override SchemeAugmenter SchemeAugmenter { get; } = new("cut");

    protected override Task<IAssociationEventListener> InterceptListen(Address listenAddress, Task<IAssociationEventListener> listenerTask) =>
        Task.FromResult<IAssociationEventListener>(new Incoming(listenerTask));

    protected override void InterceptAssociate(Address remoteAddress, TaskCompletionSource<AssociationHandle> statusPromise) =>
        _ = AssociateAsync(remoteAddress, statusPromise);

    private async Task AssociateAsync(Address remoteAddress, TaskCompletionSource<AssociationHandle> statusPromise)
    {
        try
        {
            var handle = await WrappedTransport.Associate(remoteAddress);
            statusPromise.SetResult(new CuttableHandle(handle) { Link = CuttableLinks.To(remoteAddress.Host, remoteAddress.Port ?? 0) });
        }
        catch (Exception e)
        {
            statusPromise.SetException(e);
        }
    }

    /// <summary>Connections of others; who they are is told by their first message.</summary>
    private sealed class Incoming(Task<IAssociationEventListener> listener) : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev)
        {
            var seen = ev is InboundAssociation inbound ? new InboundAssociation(new CuttableHandle(inbound.Association)) : ev;
            _ = PassOnAsync(seen);
        }

        private async Task PassOnAsync(IAssociationEvent ev) => (await listener).Notify(ev);
    }
}

/// <summary>One association; drops what goes out and what comes in while its link is cut.</summary>
internal sealed class CuttableHandle : AbstractTransportAdapterHandle
{
    public CuttableHandle(AssociationHandle wrapped)
        : base(wrapped, "cut")
    {
        // The wrapped association reads as soon as it has a listener: only once ours has one too.
        _ = ReadAsync();
    }

    /// <summary>The peer's; null until it is known who that is.</summary>
    public CuttableLinks.Link? Link { get; set; }

    public override bool Write(ByteString payload) => Link is { IsCut: true } || WrappedHandle.Write(payload);

    // What remoting calls with a reason ends up here all the same.
    [Obsolete("Remoting gives a reason.")]
    public override void Disassociate() => WrappedHandle.Disassociate();

    private async Task ReadAsync()
    {
        var listener = await ReadHandlerSource.Task;
        WrappedHandle.ReadHandlerSource.SetResult(new Reader(this, listener));
    }

    private sealed class Reader(CuttableHandle handle, IHandleEventListener listener) : IHandleEventListener
    {
        public void Notify(IHandleEvent ev)
        {
            if (ev is InboundPayload received)
                handle.Link ??= OriginOf(received.Payload);
            if (ev is not InboundPayload || handle.Link is not { IsCut: true })
                listener.Notify(ev);
        }

        /// <summary>
        /// The first message of a connection is remoting's own: field 2 of it is a control message, field 2 of that the handshake,
        /// field 1 of that the address: system, host name, port.
        /// </summary>
        private static CuttableLinks.Link? OriginOf(ByteString payload)
        {
            var input = payload.CreateCodedInput();
            foreach (var field in (ReadOnlySpan<int>)[2, 2, 1])
            {
                if (Field(input, field) is not { } inner)
                    return null;
                input = inner.CreateCodedInput();
            }

            var (host, port) = Address(input);
            return CuttableLinks.To(host, port);
        }

        private static ByteString? Field(CodedInputStream input, int number)
        {
            while (input.ReadTag() is var tag and not 0)
            {
                if (WireFormat.GetTagFieldNumber(tag) == number && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                    return input.ReadBytes();
                input.SkipLastField();
            }

            return null;
        }

        private static (string Host, int Port) Address(CodedInputStream input)
        {
            var (host, port) = (string.Empty, 0);
            while (input.ReadTag() is var tag and not 0)
            {
                if (WireFormat.GetTagFieldNumber(tag) == 2)
                    host = input.ReadString();
                else if (WireFormat.GetTagFieldNumber(tag) == 3)
                    port = (int)input.ReadUInt32();
                else
                    input.SkipLastField();
            }

            return (host, port);
        }
    }
}
