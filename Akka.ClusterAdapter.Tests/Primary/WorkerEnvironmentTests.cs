using System.Net;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Tests.Primary;

public sealed class WorkerEnvironmentTests
{
    private static readonly WorkerEnvironment Sample = new()
    {
        Number = 3,
        Start = 2,
        SeedNode = "akka.tcp://chat@127.0.0.1:40123",
        Listen = new IPEndPoint(IPAddress.Loopback, 3000),
        IsPortShared = true,
    };

    [Fact]
    public void What_the_primary_says_is_what_the_worker_reads()
    {
        var variables = Sample.ToVariables().ToDictionary();

        var read = WorkerEnvironment.Read(name => variables.GetValueOrDefault(name));

        Assert.Equal(Sample, read);
    }

    [Fact]
    public void A_process_without_primary_has_none()
    {
        var read = WorkerEnvironment.Read(_ => null);

        Assert.Null(read);
    }

    [Theory]
    [InlineData("SOCKETIO_WORKER", "zero")]
    [InlineData("SOCKETIO_WORKER_START", "0")]
    [InlineData("SOCKETIO_SEED_NODE", "")]
    [InlineData("SOCKETIO_LISTEN", "nowhere")]
    public void A_variable_that_cannot_be_read_is_named(string name, string value)
    {
        var variables = Sample.ToVariables().ToDictionary();
        variables[name] = value;

        var exception = Assert.Throws<InvalidOperationException>(() => WorkerEnvironment.Read(variables.GetValueOrDefault));

        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_system_name_is_that_of_the_seed() => Assert.Equal("chat", Sample.SystemName);

    [Fact]
    public void The_role_tells_one_start_from_the_next() =>
        Assert.NotEqual(Sample.Role, (Sample with { Start = Sample.Start + 1 }).Role);
}
