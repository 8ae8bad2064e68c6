namespace LoadClient.Measuring;

/// <summary>CPU seconds a process has used.</summary>
internal readonly record struct CpuTime(double User, double System)
{
    internal double Total => User + System;
}

/// <summary>Who has used how many CPU seconds until a moment.</summary>
internal sealed record CpuSnapshot(double At, IReadOnlyDictionary<int, CpuTime> Processes, double Own, double Machine)
{
    internal CpuUse Since(CpuSnapshot before)
    {
        var used = Processes.Where(entry => before.Processes.ContainsKey(entry.Key))
            .ToDictionary(
                entry => entry.Key,
                entry => new CpuTime(entry.Value.User - before.Processes[entry.Key].User, entry.Value.System - before.Processes[entry.Key].System));
        return new CpuUse(At - before.At, used, Own - before.Own, Machine - before.Machine);
    }
}

/// <summary>CPU seconds used within a time, in seconds: by the server's processes, by this one, by the whole machine.</summary>
internal sealed record CpuUse(double Seconds, IReadOnlyDictionary<int, CpuTime> Processes, double Own, double Machine)
{
    internal double Server => Processes.Values.Sum(time => time.Total);

    internal double ServerUser => Processes.Values.Sum(time => time.User);

    internal double Cores(double cpu) => Seconds > 0 ? cpu / Seconds : 0;

    /// <summary>Cores taken by processes that have nothing to do with the measurement.</summary>
    internal double OtherCores => Math.Max(0, Cores(Machine - Server - Own));
}
