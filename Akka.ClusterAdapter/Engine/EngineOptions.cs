namespace Akka.ClusterAdapter.Engine;

/// <summary>Settings of an Engine.IO server.</summary>
public class EngineOptions
{
    /// <summary>Time between a client's pong and the next ping. Default 25 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);
}
