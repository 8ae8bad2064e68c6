using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Time.Testing;

namespace Akka.ClusterAdapter.Tests.Server;

public class RecoveryBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_address_that_looks_in_vain_again_and_again_has_to_wait_and_others_do_not()
    {
        var budget = new RecoveryBudget(_time);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(budget.MayAsk("10.0.0.1"));
            budget.Failed("10.0.0.1", visited: 0);
        }

        budget.Failed("10.0.0.1", visited: 0);

        Assert.False(budget.MayAsk("10.0.0.1"));
        Assert.False(budget.MayAsk("::ffff:10.0.0.1"));
        Assert.True(budget.MayAsk("10.0.0.2"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(budget.MayAsk("10.0.0.1"));
    }

    [Fact]
    public void What_was_looked_at_counts()
    {
        var budget = new RecoveryBudget(_time);

        for (var i = 0; i < 10; i++)
            budget.Failed("10.0.0.1", visited: 8_192);

        Assert.False(budget.MayAsk("10.0.0.1"));
    }

    [Fact]
    public void The_addresses_of_one_IPv6_network_are_one()
    {
        var budget = new RecoveryBudget(_time);
        for (var i = 0; i < 1_001; i++)
            budget.Failed($"2001:db8::{i:x}", visited: 0);

        Assert.False(budget.MayAsk("2001:db8::ffff:1"));
        Assert.True(budget.MayAsk("2001:db8:0:1::1"));
    }

    [Fact]
    public void Thousands_of_addresses_that_owe_keep_nobody_else_from_asking()
    {
        var budget = new RecoveryBudget(_time);
        for (var i = 0; i < 10_000; i++)
            budget.Failed($"10.1.{i / 250}.{i % 250}", visited: 1_000_000);

        Assert.True(budget.MayAsk("10.9.9.9"));
        Assert.False(budget.MayAsk("10.1.39.249"));
    }
}
