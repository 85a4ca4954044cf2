using System.Buffers;
using System.IO.Pipelines;

namespace Pilotlight.RuntimeApi;

public enum RuntimeStreamEndKind
{
    Complete,

    /// <summary>The runtime said in trailers that it failed.</summary>
    Failed,

    /// <summary>The connection broke, or what came was no HTTP.</summary>
    Truncated,

    /// <summary>It was longer than a streamed answer may be.</summary>
    TooLarge,

    /// <summary>The runtime's process is gone, or the deadline passed.</summary>
    Interrupted,
}

/// <param name="Body">The error that the trailers brought.</param>
/// <param name="ErrorType">Normalised.</param>
public sealed record RuntimeStreamEnd(RuntimeStreamEndKind Kind, ReadOnlyMemory<byte> Body = default, string? ErrorType = null);

/// <summary>
/// An answer on its way from the runtime to a client. Little of it is held: a client that does not read stops the function's writes.
/// A client that is gone does not stop the function; what it still writes comes to nothing.
/// </summary>
public sealed class RuntimeStream(string contentType, StreamingOptions options, TimeProvider time)
{
    const int HeldBytes = 64 * 1024;
    const int SliceBytes = 32 * 1024;

    readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: HeldBytes, resumeWriterThreshold: HeldBytes / 2, minimumSegmentSize: 16 * 1024, useSynchronizationContext: false));

    readonly StreamBandwidth _bandwidth = new(options, time);
    readonly CancellationTokenSource _interrupting = new();
    readonly TaskCompletionSource<RuntimeStreamEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _abandoned;

    public string ContentType => contentType;

    public long MaxBytes => options.MaxBytes;

    /// <summary>For the one who reads; completing it means that nobody listens any more.</summary>
    public PipeReader Body => _pipe.Reader;

    /// <summary>Completes when no more bytes will come.</summary>
    public Task<RuntimeStreamEnd> Ended => _ended.Task;

    /// <summary>Ends the stream whatever the runtime does.</summary>
    internal void Interrupt() => _interrupting.Cancel();

    /// <summary>Moves everything from the runtime's request to the reader. Returns how it ended; never throws what the runtime caused.</summary>
    internal async Task<RuntimeStreamEnd> PumpAsync(PipeReader source, Func<RuntimeStreamEnd?> failure)
    {
        var end = new RuntimeStreamEnd(RuntimeStreamEndKind.Truncated);
        try
        {
            end = await MoveAsync(source, _interrupting.Token) ?? failure() ?? new RuntimeStreamEnd(RuntimeStreamEndKind.Complete);
        }
        catch (Exception broken) when (broken is BadHttpRequestException or IOException or OperationCanceledException)
        {
            if (_interrupting.IsCancellationRequested)
                end = new RuntimeStreamEnd(RuntimeStreamEndKind.Interrupted);
        }
        finally
        {
            _ended.TrySetResult(end);
            await _pipe.Writer.CompleteAsync();
        }

        return end;
    }

    /// <summary>Null when everything was moved.</summary>
    async Task<RuntimeStreamEnd?> MoveAsync(PipeReader source, CancellationToken cancellation)
    {
        var total = 0L;
        while (true)
        {
            var read = await source.ReadAsync(cancellation);
            try
            {
                total += read.Buffer.Length;
                if (total > options.MaxBytes)
                    return new RuntimeStreamEnd(RuntimeStreamEndKind.TooLarge);
                foreach (var part in read.Buffer)
                    await ForwardAsync(part, cancellation);
            }
            finally
            {
                source.AdvanceTo(read.Buffer.End);
            }

            if (read.IsCompleted)
                return null;
        }
    }

    async ValueTask ForwardAsync(ReadOnlyMemory<byte> part, CancellationToken cancellation)
    {
        while (!part.IsEmpty && !_abandoned)
        {
            var size = await _bandwidth.TakeAsync(Math.Min(part.Length, SliceBytes), cancellation);
            _abandoned = (await _pipe.Writer.WriteAsync(part[..size], cancellation)).IsCompleted;
            part = part[size..];
        }
    }
}
