using System.Reflection;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.ClusterAdapter.Clustering.Membership;
using Akka.Event;
using Akka.Remote.Transport;

namespace Akka.ClusterAdapter.Tests.Clustering;

/// <summary>Links that remoting has forgotten. Made of remoting's own types: should they change their names, this fails.</summary>
public sealed class OrphanedAssociationsTests() : TestKit.Xunit2.TestKit("akka.loglevel = INFO")
{
    private static readonly Assembly Remoting = typeof(AssociationHandle).Assembly;

    [Fact]
    public async Task A_link_that_nobody_waits_for_any_more_is_closed()
    {
        var link = CreateTestProbe();
        await WatchAsync();

        await EventFilter.Info(contains: "akka.tcp://there@127.0.0.1:2").ExpectOneAsync(() =>
        {
            Forget(MadeLink(link.Ref));
            return Task.CompletedTask;
        });

        Assert.Equal("DisassociateUnderlying", (await link.ExpectMsgAsync<object>()).GetType().Name);
    }

    [Fact]
    public async Task What_was_taken_in_its_place_is_closed_too()
    {
        var (reader, other) = (CreateTestProbe(), CreateTestProbe());
        var remoting = Sys.ActorOf(Props.Create(() => new Parent(null)), "remoting");
        await ChildAsync(await ChildAsync(await ChildAsync(remoting, "writer-there:2-7"), "endpointWriter"), "endpointReader-1", reader.Ref);
        await ChildAsync(await ChildAsync(await ChildAsync(remoting, "writer-there:22-8"), "endpointWriter"), "endpointReader-2", other.Ref);
        var stopped = await ChildAsync(await ChildAsync(remoting, "writer-there:2-6"), "endpointWriter");
        await WatchAsync();

        Forget(MadeLink(CreateTestProbe().Ref), stopped);

        await reader.ExpectMsgAsync<Disassociated>(TimeSpan.FromSeconds(30));
        await other.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Other_dead_letters_are_nothing_to_it()
    {
        var link = CreateTestProbe();
        await WatchAsync();

        Forget("a text");
        Forget(MadeLink(link.Ref));

        await link.ExpectMsgAsync<object>();
        await link.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    /// <summary>It listens once it has seen a dead letter of ours.</summary>
    private async Task WatchAsync()
    {
        var first = CreateTestProbe();
        OrphanedAssociations.Watch((ExtendedActorSystem)Sys);
        await AwaitAssertAsync(async () =>
        {
            Forget(MadeLink(first.Ref));
            await first.ExpectMsgAsync<object>(TimeSpan.FromMilliseconds(100));
        });
    }

    private void Forget(object message, IActorRef? recipient = null) =>
        Sys.EventStream.Publish(new DeadLetter(message, Sys.DeadLetters, recipient ?? TestActor));

    private static Task<IActorRef> ChildAsync(IActorRef parent, string name, IActorRef? listener = null) =>
        parent.Ask<IActorRef>((name, listener), TimeSpan.FromSeconds(30));

    private static object MadeLink(IActorRef association)
    {
        var handshake = RuntimeHelpers.GetUninitializedObject(Remoting.GetType("Akka.Remote.Transport.HandshakeInfo", throwOnError: true)!);
        var link = New(
            "Akka.Remote.Transport.AkkaProtocolHandle",
            new Address("tcp", "here", "127.0.0.1", 1),
            new Address("tcp", "there", "127.0.0.1", 2),
            new TaskCompletionSource<IHandleEventListener>(),
            new NoLink(),
            handshake,
            association,
            null);
        return New(OrphanedAssociations.LinkMade, link);
    }

    private static object New(string type, params object?[] arguments) => Activator.CreateInstance(
        Remoting.GetType(type, throwOnError: true)!, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, arguments, null)!;

    private sealed class NoLink() : AssociationHandle(new Address("tcp", "here", "127.0.0.1", 1), new Address("tcp", "there", "127.0.0.1", 2))
    {
        public override bool Write(Google.Protobuf.ByteString payload) => true;

        [Obsolete("As its base.")]
        public override void Disassociate()
        {
        }
    }

    /// <summary>Has children by name; what else it gets it hands on.</summary>
    private sealed class Parent : ReceiveActor
    {
        public Parent(IActorRef? listener)
        {
            Receive<(string Name, IActorRef? Listener)>(child => Sender.Tell(Context.ActorOf(Props.Create(() => new Parent(child.Listener)), child.Name)));
            ReceiveAny(message => listener?.Tell(message));
        }
    }
}
