using System.Net;
using System.Threading.RateLimiting;
using Akka.ClusterAdapter.Engine.Limits;

namespace Akka.ClusterAdapter.Admin;

/// <summary>
/// The password of admin pages. Checking one is slow on purpose, so there are bounds: how often an address may try, and how many checks run and wait at a
/// time.
/// </summary>
internal sealed class AdminPassword : IDisposable
{
    private const int Attempts = 10;
    private const int Checks = 2;
    private const int WaitingChecks = 16;
    private const int LongestText = 1_024;
    private const int LeastCost = 4;
    private const int MostCost = 16;
    private const int HashLength = 60;

    private static readonly TimeSpan OneMore = TimeSpan.FromSeconds(6);

    private readonly string _hash;
    private readonly PartitionedRateLimiter<IPAddress?> _attempts = PartitionedRateLimiter.Create<IPAddress?, UInt128>(static address =>
        RateLimitPartition.GetTokenBucketLimiter(
            Visitor.KeyOf(address),
            static _ => new TokenBucketRateLimiterOptions { TokenLimit = Attempts, TokensPerPeriod = 1, ReplenishmentPeriod = OneMore }));

    private readonly ConcurrencyLimiter _checks = new(new() { PermitLimit = Checks, QueueLimit = WaitingChecks });

    /// <param name="hash">A bcrypt hash.</param>
    public AdminPassword(string hash) => _hash = hash;

    /// <summary>Whether a text is a hash that can be used.</summary>
    public static bool IsHash(string text)
    {
        if (text.Length != HashLength || text[..4] is not ("$2a$" or "$2b$" or "$2y$"))
            return false;
        try
        {
            return int.TryParse(BCrypt.Net.BCrypt.InterrogateHash(text).WorkFactor, out var cost) && cost is >= LeastCost and <= MostCost;
        }
        catch (Exception e) when (e is BCrypt.Net.HashInformationException or BCrypt.Net.SaltParseException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    /// <summary>Takes one attempt of an address; false when it has none left for now.</summary>
    public bool TryAttempt(IPAddress? address)
    {
        using var lease = _attempts.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    /// <summary>Whether it is the password; false also when too many are being checked. Not on the caller's thread.</summary>
    public async ValueTask<bool> IsRightAsync(string password)
    {
        if (password.Length > LongestText)
            return false;
        using var lease = await _checks.AcquireAsync().ConfigureAwait(false);
        return lease.IsAcquired && await Task.Run(() => BCrypt.Net.BCrypt.Verify(password, _hash)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _attempts.Dispose();
        _checks.Dispose();
    }
}
