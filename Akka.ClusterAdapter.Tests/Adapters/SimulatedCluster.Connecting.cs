using Akka.ClusterAdapter.Adapters;

namespace Akka.ClusterAdapter.Tests.Adapters;

/// <content>Clients that come, and what they must have got in the end.</content>
internal sealed partial class SimulatedCluster
{
    private void Connect(SimulatedClient client, SimulatedWorker at, bool isLast = false)
    {
        var outcome = ClaimOutcome.Unknown;
        var claim = client.Secret is null ? null : Claim(client, at, isLast, out outcome);
        if (outcome == ClaimOutcome.GaveWay)
            return;
        var isFirst = client.Secret is null;
        IReadOnlyList<MissedPacket>? missed = null;
        if (claim is not null && Waits && !isLast && !Wait(client, at, claim))
            return;
        if (claim is not null)
        {
            at.Store.Enter(claim, found =>
            {
                missed = found;
                if (found is null)
                    return;
                client.Enter(at, claim);
                client.Progress!.Enter(claim, found, at.Store);
                client.Entered = (client.Progress.LastOffset, at.Store.Position);
            });
        }

        _history.Add($"{client.Id} at {at.Name} {(missed is null ? isFirst ? "first" : "anew" : $"recovered with {missed.Count}")} after {client.Offset}");
        if (missed is not null)
        {
            Recovered++;
            client.Arrive(missed.Select(static packet => packet.Body));
            if (IsPrompt)
                client.Read(int.MaxValue);
            return;
        }

        if (!isFirst)
        {
            Anew++;
            client.BeginAnew();
        }

        client.Began = _sent;
        client.Secret = Guid.NewGuid().ToString("N");
        client.Enter(at, null);
    }

    /// <summary>Other things happen before it is in its rooms; false when it has gone again.</summary>
    private bool Wait(SimulatedClient client, SimulatedWorker at, ClaimedSession claim)
    {
        for (var left = _random.Next(5); left > 0; left--)
        {
            if (_random.Next(3) == 0)
                Broadcast(Any());
            else
                Pump();
        }

        if (_random.Next(4) > 0)
            return true;
        _history.Add($"{client.Id} at {at.Name} goes before it is there");
        at.Store.Leave(() => (SessionProgress.Unseen(claim, at.Store), claim.LeftAt));
        return false;
    }

    public Dictionary<string, int> Outcomes { get; } = [];

    private ClaimedSession? Claim(SimulatedClient client, SimulatedWorker at, bool isLast, out ClaimOutcome outcome)
    {
        var claim = Find(client, at, isLast, out outcome);
        var name = claim is null ? $"{outcome}" : "found";
        if (claim is null)
            _history.Add($"   {client.Id} at {at.Name} from {client.Home?.Name}: {outcome}, seen {client.Offset}");
        // Who shows nothing has got nothing of what was sent to it, and begins anew. A copy may lack the last that a killed worker sent.
        Assert.False(
            outcome == ClaimOutcome.UnknownOffset && client.Offset is not null && !Crashes,
            $"Unknown: seed {_seed}, {client.Id} shows {client.Offset}:\n{string.Join('\n', _history)}");
        Outcomes[name] = Outcomes.GetValueOrDefault(name) + 1;
        return claim;
    }

    private ClaimedSession? Find(SimulatedClient client, SimulatedWorker at, bool isLast, out ClaimOutcome outcome)
    {
        if (at.Store.Claim(client.Secret!, client.Offset, out _, out outcome) is { } own)
        {
            if (own.Session.Moved is not null)
                CopyAll(at);
            return own;
        }

        if (outcome != ClaimOutcome.Unknown)
            return null;
        foreach (var other in _workers.Where(other => other != at))
        {
            other.TakeFromGone();
            if (other.Store.Give(client.Secret!, client.Offset, out outcome) is { } given)
            {
                CopyAll(other);
                var crossed = SimulatedWire.Cross(given);
                if (at.Store.Receive(crossed, client.Offset, out var isEarly) is { } received)
                    return received;
                if (!isEarly || isLast || HasLocal || _random.Next(2) == 0)
                    return null;
                // Its client does not wait until all have told, and comes once more. What its worker says to its own clients is not for it from now on.
                at.Store.Keep(crossed, client.Offset);
                outcome = ClaimOutcome.GaveWay;
                return null;
            }

            if (outcome != ClaimOutcome.Unknown)
                return null;
        }

        return null;
    }

    private void Check(SimulatedClient client)
    {
        var got = client.Received;
        var story = $"seed {_seed}, {client.Id} in {string.Join(',', client.Rooms)}:\nexpected {string.Join(' ', client.Expected)}\n"
            + $"got      {string.Join(' ', got)}\n{string.Join('\n', _history)}";
        Assert.True(got.Count == got.Distinct().Count(), $"Twice: {story}");
        // What was on its way to the worker when the session began may have come, or not.
        Assert.True(
            client.Expected.Except(client.MayMiss).Order()
                .SequenceEqual(got.Where(text => int.Parse(text.Split(':')[1]) > client.Began).Except(client.MayMiss).Order()),
            $"Not all: {story}");
        foreach (var sender in got.Select(static (text, i) => (Text: text.Split(':'), i)).GroupBy(static each => each.Text[0]))
            Assert.True(sender.Select(static each => int.Parse(each.Text[1])).IsOrdered(), $"Order of {sender.Key}: {story}");
    }
}
