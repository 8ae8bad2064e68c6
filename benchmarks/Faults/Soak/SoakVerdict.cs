namespace Akka.ClusterAdapter.Faults.Soak;

/// <summary>What a run says in the end. It holds when nothing was found in as many rounds as its minutes promise.</summary>
/// <param name="Seed">Which run.</param>
/// <param name="Judged">Rounds with faults that were judged.</param>
/// <param name="Promised">Rounds that were planned for its minutes.</param>
/// <param name="Found">How much was found.</param>
internal sealed record SoakVerdict(int Seed, int Judged, int Promised, int Found)
{
    /// <summary>0 when it holds, 1 when something was found, 2 when it says less than it was asked for.</summary>
    public int ExitCode => Found > 0 ? 1 : Judged < Promised ? 2 : 0;

    /// <param name="details">How much there was.</param>
    public string Say(string details) => ExitCode switch
    {
        0 => $"HOLDS: seed {Seed}, {Rounds} judged {details}",
        1 => $"FAILS: seed {Seed}, {Found} found, {Rounds} judged {details}",
        _ => $"SHORT: seed {Seed}, nothing found, but only {Rounds} judged {details}: this machine needs more minutes, or fewer clients",
    };

    private string Rounds => $"{Judged} of {Promised} rounds";
}
