namespace Akka.ClusterAdapter.Primary;

/// <summary>What the pool needs of the primary's cluster member.</summary>
internal interface ISupervisorNode
{
    /// <summary>The address that workers join, such as <c>akka.tcp://socketio@127.0.0.1:40123</c>.</summary>
    string SeedNode { get; }

    /// <summary>Takes the member of a dead process out of the cluster, at once or as soon as it shows up.</summary>
    /// <param name="role">The role that only this process had.</param>
    void Down(string role);
}
