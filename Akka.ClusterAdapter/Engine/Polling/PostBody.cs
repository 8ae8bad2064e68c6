using System.Buffers;
using System.IO.Pipelines;
using Akka.ClusterAdapter.Engine.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Akka.ClusterAdapter.Engine.Polling;

/// <summary>How the reading of a body ended.</summary>
internal enum BodyEnd
{
    /// <summary>All of it is here.</summary>
    Complete,

    /// <summary>It is larger than it may be.</summary>
    TooLarge,

    /// <summary>It broke off, or its client breaks the rules of HTTP.</summary>
    Unreadable,

    /// <summary>Its connection is gone.</summary>
    Gone,

    /// <summary>The session does not wait for the rest.</summary>
    CutOff,
}

/// <summary>The body of a POST in one rented buffer, never larger than the limit allows.</summary>
/// <param name="session">Whose POST it is.</param>
internal sealed class PostBody(EngineSocket session) : IDisposable
{
    private IncompleteMessage? _incomplete;
    private byte[] _buffer = [];
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads the body; a status as soon as it exceeds the limit, or the reading was cut off: the rest stays unread then.</summary>
    public async Task<BodyEnd> ReadAsync(HttpContext context, int limit, RequestCut cut)
    {
        if (context.Request.ContentLength > limit)
            return BodyEnd.TooLarge;

        // The server's own limit may be smaller than ours; one that somebody has set for this endpoint is meant.
        if (context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>() is null
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await ReadAsync(reader, cut).ConfigureAwait(false);
            var isWithin = _length + result.Buffer.Length <= limit;
            if (isWithin)
                Append(result.Buffer, (int)(context.Request.ContentLength ?? 0));
            reader.AdvanceTo(result.Buffer.End);
            if (!isWithin || result.IsCompleted)
            {
                _incomplete?.End();
                return isWithin ? BodyEnd.Complete : BodyEnd.TooLarge;
            }

            if (cut.IsAsked)
                return BodyEnd.CutOff;
            (_incomplete ??= session.BeginIncomplete()).Set(_buffer.Length);
        }
    }

    public void Dispose()
    {
        _incomplete?.End();
        ReturnBuffer();
        _length = 0;
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // Given up by the request's own code: nobody else touches the web server's reader.
    private static ValueTask<ReadResult> ReadAsync(PipeReader reader, RequestCut cut)
    {
        var read = reader.ReadAsync(CancellationToken.None);
        return read.IsCompleted ? read : new(AwaitAsync(read.AsTask(), reader, cut));

        static async Task<ReadResult> AwaitAsync(Task<ReadResult> read, PipeReader reader, RequestCut cut)
        {
            if (!await cut.LetsEndAsync(read).ConfigureAwait(false))
                reader.CancelPendingRead();
            return await read.ConfigureAwait(false);
        }
    }

    private void Append(in ReadOnlySequence<byte> bytes, int expected)
    {
        var length = _length + (int)bytes.Length;
        if (length > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(length, _buffer.Length * 2), Math.Min(expected, 64 * 1024)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ReturnBuffer();
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length = length;
    }
}
