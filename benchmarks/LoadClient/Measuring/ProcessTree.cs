using System.Globalization;

namespace LoadClient.Measuring;

/// <summary>The server's processes: those named and all their descendants, as they are when this is made. Reads /proc.</summary>
internal sealed class ProcessTree
{
    private const double TicksPerSecond = 100;

    private readonly int[] _processes;

    internal ProcessTree(IReadOnlyCollection<int> roots) => _processes = roots.Count == 0 ? [] : Descendants(roots);

    internal CpuSnapshot Cpu()
    {
        var processes = new Dictionary<int, CpuTime>();
        foreach (var process in _processes)
            if (Stat(process) is { } stat)
                processes[process] = stat.Time;
        var own = Environment.CpuUsage.TotalTime.TotalSeconds;
        return new CpuSnapshot(Sockets.Clock.Seconds(Sockets.Clock.Now), processes, own, MachineBusy());
    }

    /// <summary>Resident and proportional memory of the whole tree, in MB.</summary>
    internal (double Resident, double Proportional) Memory()
    {
        double resident = 0, proportional = 0;
        foreach (var process in _processes)
        {
            resident += RollUp(process, "Rss:");
            proportional += RollUp(process, "Pss:");
        }
        return (resident, proportional);
    }

    private static double RollUp(int process, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith(name, StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static int[] Descendants(IReadOnlyCollection<int> roots)
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Select(name => int.TryParse(name, out var process) ? process : 0)
            .Where(process => process != 0)
            .Select(process => (Process: process, Stat(process)?.Parent))
            .ToLookup(entry => entry.Parent, entry => entry.Process);
        var found = new List<int>(roots);
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents[found[i]].Except(found));
        return [.. found];
    }

    private static (int Parent, CpuTime Time)? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            // Behind the name in parentheses: state, parent, ... user time (12th), system time (13th).
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), new CpuTime(Seconds(fields[11]), Seconds(fields[12])));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Seconds(string ticks) => double.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond;

    // cpu  user nice system idle iowait irq softirq steal ...
    private static double MachineBusy()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(Seconds).ToArray();
        return fields.Sum() - fields[3] - fields[4];
    }
}
