using Akka.Actor;
using Akka.Cluster;
using AkkaCluster = Akka.Cluster.Cluster;

namespace Akka.ClusterAdapter.Primary;

/// <summary>Downs the members of dead workers; also one that joins after its process has died.</summary>
internal sealed class SupervisorActor : ReceiveActor
{
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);
    private readonly HashSet<string> _dead = [];

    public SupervisorActor()
    {
        Receive<ProcessDied>(OnProcessDied);
        Receive<ClusterEvent.MemberRemoved>(removed => _dead.ExceptWith(removed.Member.Roles));
        Receive<ClusterEvent.IMemberEvent>(changed => DownIfDead(changed.Member));
    }

    public static Props Props() => Actor.Props.Create<SupervisorActor>();

    protected override void PreStart() =>
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnProcessDied(ProcessDied died)
    {
        _dead.Add(died.Role);
        foreach (var member in _cluster.State.Members)
            DownIfDead(member);
    }

    private void DownIfDead(Member member)
    {
        if (_dead.Overlaps(member.Roles))
            _cluster.Down(member.Address);
    }

    internal sealed record ProcessDied(string Role) : INoSerializationVerificationNeeded;
}
