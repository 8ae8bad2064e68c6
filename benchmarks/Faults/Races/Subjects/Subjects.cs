namespace Akka.ClusterAdapter.Faults.Races.Subjects;

/// <summary>What is run in many orders, by name.</summary>
internal static class Subjects
{
    public static IReadOnlyDictionary<string, Func<Race, Task>> All { get; } = new Dictionary<string, Func<Race, Task>>
    {
        ["flush"] = FlushRace.RunAsync,
        ["polls"] = PollRace.RunAsync,
        ["posts"] = PostRace.RunAsync,
        ["upgrade"] = UpgradeRace.RunAsync,
        ["connects"] = ConnectRace.RunAsync,
        ["dynamic"] = DynamicRace.RunAsync,
        ["acks"] = AckRace.RunAsync,
        ["deadlines"] = DeadlineRace.RunAsync,
        ["returns"] = ReturnRace.RunAsync,
        ["recovery"] = RecoveryRace.RunAsync,
        ["windows"] = WindowRace.RunAsync,
        ["ways"] = WayRace.RunAsync,
        ["readiness"] = ReadinessRace.RunAsync,
        ["requests"] = RequestRace.RunAsync,
        ["reloads"] = ReloadRace.RunAsync,
        ["drain"] = DrainRace.RunAsync,
    };
}
