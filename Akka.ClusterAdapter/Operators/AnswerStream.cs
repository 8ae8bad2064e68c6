using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.ClusterAdapter.Server;

namespace Akka.ClusterAdapter.Operators;

/// <summary>Answers as they come: what adapters tell of, for whoever takes one after the other.</summary>
internal static class AnswerStream
{
    /// <summary>
    /// Asks when the first answer is wanted, and again for each enumeration. A caller that leaves early, or cancels, ends the question. Answers that were not
    /// taken yet are kept: never more than asking for all of them at once would keep.
    /// </summary>
    /// <param name="ask">The question: it tells the action of each answer, and returns what became of the workers.</param>
    /// <param name="failure">What to throw when the last answer was taken; null when all is well.</param>
    /// <param name="ct">Stops waiting.</param>
    public static async IAsyncEnumerable<T> Of<T, TReply>(
        Func<Action<T>, CancellationToken, Task<ClusterReply<TReply>>> ask,
        Func<ClusterReply<TReply>, Exception?> failure,
        [EnumeratorCancellation] CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var answers = Channel.CreateUnbounded<T>(new() { SingleReader = true });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var asking = AskAsync(ask, answers.Writer, over.Token);
        try
        {
            await foreach (var answer in answers.Reader.ReadAllAsync(ct).ConfigureAwait(false))
                yield return answer;
            if (failure(await asking.ConfigureAwait(false)) is { } exception)
                throw exception;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<ClusterReply<TReply>> AskAsync<T, TReply>(
        Func<Action<T>, CancellationToken, Task<ClusterReply<TReply>>> ask, ChannelWriter<T> answers, CancellationToken ct)
    {
        try
        {
            return await ask(answer => answers.TryWrite(answer), ct).ConfigureAwait(false);
        }
        finally
        {
            // What it threw is thrown by whoever awaits it, behind the answers that came before.
            answers.TryComplete();
        }
    }
}
