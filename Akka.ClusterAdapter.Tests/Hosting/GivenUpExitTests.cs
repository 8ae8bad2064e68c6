using Akka.ClusterAdapter.Hosting;

namespace Akka.ClusterAdapter.Tests.Hosting;

/// <summary>A worker that the cluster has given up ends with code 1, whatever Akka.Hosting says of it later; an application's own code stays.</summary>
public sealed class GivenUpExitTests : IDisposable
{
    private readonly int _before = Environment.ExitCode;

    public void Dispose() => Environment.ExitCode = _before;

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    [InlineData(7, 7)]
    public void The_code_at_the_end_is_one_unless_the_application_has_its_own(int later, int expected)
    {
        Environment.ExitCode = later;

        GivenUpExit.Decide();

        Assert.Equal(expected, Environment.ExitCode);
    }
}
