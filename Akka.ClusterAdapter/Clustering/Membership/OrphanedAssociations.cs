using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace Akka.ClusterAdapter.Clustering.Membership;

/// <summary>
/// Mends pairs of members of which remoting has forgotten a link. It connects to an address while, at the same moment, a new process on that address
/// connects to it: it takes that link, stops its own attempt, and forgets the link that this attempt makes all the same. The other process reads only that
/// second one from then on and hears nothing any more; it does not even get into the cluster. The forgotten link shows as a dead letter. Then both links
/// are closed, and the two connect anew.
/// </summary>
internal sealed class OrphanedAssociations : ReceiveActor, IWithTimers
{
    /// <summary>"Here is the link that you asked for": Akka.Remote's own name, internal there; a test fails when it changes.</summary>
    public const string LinkMade = "Akka.Remote.EndpointWriter+Handle";

    /// <summary>What was taken instead is being set up when the dead letter comes.</summary>
    private static readonly TimeSpan SetUp = TimeSpan.FromSeconds(1);

    private readonly ILoggingAdapter _log = Context.GetLogger();

    public OrphanedAssociations()
    {
        Receive<DeadLetter>(letter => Close(letter));
        Receive<Readers>(readers => Context.ActorSelection(readers.Path).Tell(new Disassociated(DisassociateInfo.Unknown)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Watches an actor system's links until it ends.</summary>
    public static void Watch(ExtendedActorSystem system) => system.SystemActorOf(Props.Create<OrphanedAssociations>());

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void Close(DeadLetter letter)
    {
        var type = letter.Message.GetType();
        if (type.FullName != LinkMade || type.GetProperty("ProtocolHandle")?.GetValue(letter.Message) is not AssociationHandle link)
            return;
        _log.Info("A link to {0} was made that nobody waits for any more. It is closed, and the one in its place made anew.", link.RemoteAddress);
        link.Disassociate("nobody holds this link", _log);
        var readers = ReadersOf(letter.Recipient.Path);
        Timers.StartSingleTimer(readers, readers, SetUp);
    }

    /// <summary>Whoever reads what comes from the address that an actor of remoting is for: .../(reliable writer)-(address)-(number)/endpointWriter.</summary>
    private static Readers ReadersOf(ActorPath writer)
    {
        var ofAddress = writer.Parent.Name;
        var number = ofAddress.LastIndexOf('-') + 1;
        return new Readers($"{writer.Parent.Parent.ToStringWithoutAddress()}/{ofAddress[..number]}*/endpointWriter/endpointReader-*");
    }

    private sealed record Readers(string Path);
}
