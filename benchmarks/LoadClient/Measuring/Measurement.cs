namespace LoadClient.Measuring;

/// <summary>What happened within the measured time.</summary>
internal sealed record Measurement(long Count, CpuUse Cpu, double? Median, double? P90, double? P99, double? P999, double? Max, double? Mean);
