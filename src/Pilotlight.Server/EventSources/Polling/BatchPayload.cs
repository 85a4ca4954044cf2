using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>The event of one batch, written record by record into a pooled buffer. It is at most 6 MB: what does not fit any more is for the next.</summary>
public sealed class BatchPayload : IDisposable
{
    /// <summary>AWS's limit for a synchronous invocation.</summary>
    public const int MaxBytes = 6 * 1024 * 1024;

    static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    readonly PooledBuffer _buffer = new();

    public BatchPayload() => Json = new Utf8JsonWriter(_buffer, s_options);

    /// <summary>Where the event is written to.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>So far.</summary>
    public long Bytes => Json.BytesCommitted + Json.BytesPending;

    /// <summary>The whole event, once everything is written; valid until it is disposed.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            Json.Flush();
            return _buffer.Written;
        }
    }

    /// <summary>Returns the buffer when the invocation reads it no more.</summary>
    public void DisposeAfter(Task finished)
    {
        if (finished.IsCompleted)
            Dispose();
        else
            _ = finished.ContinueWith(static (_, payload) => ((BatchPayload)payload!).Dispose(), this,
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public void Dispose()
    {
        Json.Dispose();
        _buffer.Dispose();
    }
}

/// <summary>Grows by renting, and gives back at the end.</summary>
sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    byte[] _bytes = ArrayPool<byte>.Shared.Rent(4096);
    int _written;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _written);

    public void Clear() => _written = 0;

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _written + Math.Max(sizeHint, 256);
        if (needed > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _bytes.Length * 2));
            _bytes.AsSpan(0, _written).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        var bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
