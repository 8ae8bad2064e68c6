using System.Buffers;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Akka.ClusterAdapter.Engine;

/// <summary>The body of a POST in one rented buffer, never larger than the limit allows.</summary>
/// <param name="session">Whose POST it is.</param>
internal sealed class PostBody(EngineSocket session) : IDisposable
{
    private IncompleteMessage? _incomplete;
    private byte[] _buffer = [];
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads the body; false as soon as it exceeds the limit, and the rest stays unread.</summary>
    public async Task<bool> TryReadAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit)
            return false;

        // The server's own limit may be smaller than ours.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            var isWithin = _length + result.Buffer.Length <= limit;
            if (isWithin)
                Append(result.Buffer, (int)(context.Request.ContentLength ?? 0));
            reader.AdvanceTo(result.Buffer.End);
            if (!isWithin || result.IsCompleted)
            {
                _incomplete?.End();
                return isWithin;
            }

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
