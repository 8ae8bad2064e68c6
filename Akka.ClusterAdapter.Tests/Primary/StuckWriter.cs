using System.Text;

namespace Akka.ClusterAdapter.Tests.Primary;

/// <summary>A full pipe that nobody reads, until it is released.</summary>
internal sealed class StuckWriter : TextWriter
{
    private readonly ManualResetEventSlim _released = new();
    private readonly PoolOutput _taken = new();

    public override Encoding Encoding => Encoding.UTF8;

    public string[] Lines => _taken.Lines;

    public override void WriteLine(string? value)
    {
        _released.Wait();
        _taken.WriteLine(value);
    }

    public void Release() => _released.Set();

    // Whoever writes must not be left behind.
    protected override void Dispose(bool disposing)
    {
        _released.Set();
        base.Dispose(disposing);
    }
}
