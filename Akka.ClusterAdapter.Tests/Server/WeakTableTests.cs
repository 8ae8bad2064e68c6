using System.Runtime.CompilerServices;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Server;

public class WeakTableTests
{
    [Fact]
    public void What_somebody_holds_is_found_and_what_nobody_holds_costs_nothing_in_the_end()
    {
        var table = new WeakTable<object>();
        var held = new object();
        table.Set("held", held);

        for (var i = 0; i < 40; i++)
        {
            AddMany(table, i);
            GC.Collect();
        }

        Assert.InRange(table.Count, 1, 1_100);
        Assert.Same(held, table.Find("held"));
        Assert.Contains(held, table.Values);
        Assert.Null(table.Find("0-0"));
        table.Remove("held");
        Assert.Null(table.Find("held"));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddMany(WeakTable<object> table, int round)
    {
        for (var i = 0; i < 256; i++)
            table.Set($"{round}-{i}", new object());
    }
}
