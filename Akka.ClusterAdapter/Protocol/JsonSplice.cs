using System.Buffers;
using System.Text.Json;

namespace Akka.ClusterAdapter.Protocol;

/// <summary>JSON copied with pieces of it replaced.</summary>
internal sealed class JsonSplice : IDisposable
{
    private readonly ArrayBufferWriter<byte> _text;
    private readonly Utf8JsonWriter _standIn;
    private int _copied;

    /// <param name="length">About how long the JSON is.</param>
    public JsonSplice(int length)
    {
        _text = new ArrayBufferWriter<byte>(length + 16);
        _standIn = new Utf8JsonWriter(_text, new JsonWriterOptions { SkipValidation = true });
    }

    public bool HasReplaced => _copied > 0;

    /// <summary>Takes what is written in place of the piece.</summary>
    public Utf8JsonWriter StandIn
    {
        get
        {
            _standIn.Reset();
            return _standIn;
        }
    }

    /// <summary>Copies what stands before a piece that is to be replaced, and passes over the piece.</summary>
    public void Copy(ReadOnlySpan<byte> json, int start, int end)
    {
        _standIn.Flush();
        _text.Write(json[_copied..start]);
        _copied = end;
    }

    /// <summary>The whole, once the last piece was replaced.</summary>
    public ReadOnlyMemory<byte> Finish(ReadOnlySpan<byte> json)
    {
        _standIn.Flush();
        _text.Write(json[_copied..]);
        return _text.WrittenMemory;
    }

    public void Dispose() => _standIn.Dispose();
}
