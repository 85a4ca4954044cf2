using System.Buffers;
using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Pilotlight.Logs;

/// <summary>
/// The way of function output into the log store: every stream has a bounded buffer, and one loop takes the filled ones a few times a
/// second and writes them in one transaction. When the disk refuses, the lines are counted, dropped, and the loop goes on.
/// </summary>
public sealed partial class LogIngest(LogStore store, TimeProvider time, ILogger<LogIngest> log) : IHostedService, IAsyncDisposable
{
    /// <summary>How long a line may wait for company. Readers flush, so they do not see it.</summary>
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>All buffers together, the assured part of each stream aside.</summary>
    const long TotalLimitBytes = 64 * 1024 * 1024;

    /// <summary>One transaction; others write between two of them.</summary>
    const int MaxBatchBytes = 8 * 1024 * 1024;

    readonly ConcurrentQueue<LogStreamWriter> _filled = new();
    readonly ConcurrentDictionary<LogStreamWriter, bool> _waiting = new();
    readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly Lock _gate = new();
    TaskCompletionSource? _nextPass;
    Task? _loop;
    ITimer? _timer;
    int _isTimerSet;
    long _heldBytes;
    long _eventsIn;
    long _bytesIn;
    long _dropped;
    long _droppedUntold;
    int _isWriting;
    volatile bool _isStopped;

    /// <summary>Events that came in and were written.</summary>
    public long EventsIn => Interlocked.Read(ref _eventsIn);

    /// <summary>Bytes of these events.</summary>
    public long BytesIn => Interlocked.Read(ref _bytesIn);

    /// <summary>Events lost: the disk refused them, or they came after the end.</summary>
    public long EventsDropped => Interlocked.Read(ref _dropped);

    /// <summary>Bytes of memory in buffers.</summary>
    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    internal bool IsStopped => _isStopped;

    internal bool HasRoom => Interlocked.Read(ref _heldBytes) < TotalLimitBytes;

    /// <summary>A way into a stream. Group and stream come to exist with the first line; until then this costs an object.</summary>
    /// <param name="mayWrite">Asked whenever lines are about to be written; when it says no, they are dropped.</param>
    public LogStreamWriter Open(string accountId, string region, string group, string stream, Func<bool>? mayWrite = null) =>
        new(this, new LogStreamKey(accountId, region, group, stream)) { MayWrite = mayWrite };

    public bool HasGroup(string accountId, string region, string group) => store.FindGroup(new LogScope(accountId, region), group) is not null;

    public Task StartAsync(CancellationToken cancellation)
    {
        _timer ??= time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loop ??= Task.Run(RunAsync, CancellationToken.None);
        if (!_filled.IsEmpty)
            WriteSoon();
        return Task.CompletedTask;
    }

    /// <summary>Writes what is in the buffers; lines that come later are dropped.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _isStopped = true;
        _wake.Writer.TryComplete();
        if (_loop is not null)
            await _loop;
        foreach (var writer in _waiting.Keys)
            writer.TryOpenRoom();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        if (_timer is not null)
            await _timer.DisposeAsync();
    }

    /// <summary>Everything that was written before this call can be read when it completes.</summary>
    public async Task FlushAsync(CancellationToken cancellation = default)
    {
        if (_loop is null || _isStopped || _filled.IsEmpty && Volatile.Read(ref _isWriting) == 0)
            return;
        Task pass;
        lock (_gate)
        {
            _nextPass ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            pass = _nextPass.Task;
        }

        WriteSoon();
        if (!_loop.IsCompleted)
            await Task.WhenAny(pass, _loop).WaitAsync(cancellation);
    }

    internal void Enqueue(LogStreamWriter writer)
    {
        _filled.Enqueue(writer);
        if (Interlocked.Exchange(ref _isTimerSet, 1) == 0)
            _timer?.Change(Interval, Timeout.InfiniteTimeSpan);
    }

    internal void WriteSoon() => _wake.Writer.TryWrite(true);

    internal void AwaitRoom(LogStreamWriter writer)
    {
        _waiting[writer] = true;
        // The last pass may have ended between the caller's look at its buffer and this line.
        WriteSoon();
    }

    internal void CountDropped(int events) => Interlocked.Add(ref _dropped, events);

    internal byte[] Rent(int capacity)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(capacity);
        Interlocked.Add(ref _heldBytes, buffer.Length);
        return buffer;
    }

    internal void Return(byte[] buffer)
    {
        if (buffer.Length == 0)
            return;
        Interlocked.Add(ref _heldBytes, -buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    void OnTimer() => WriteSoon();

    async Task RunAsync()
    {
        while (await _wake.Reader.WaitToReadAsync())
        {
            _wake.Reader.TryRead(out _);
            await PassAsync();
        }

        await PassAsync();
    }

    async Task PassAsync()
    {
        Volatile.Write(ref _isWriting, 1);
        TaskCompletionSource? pass;
        lock (_gate)
            (pass, _nextPass) = (_nextPass, null);
        Interlocked.Exchange(ref _isTimerSet, 0);
        try
        {
            // Streams that fill again meanwhile wait for the next pass, or one noisy function would keep this one going for ever.
            for (var streams = _filled.Count; streams > 0;)
                streams -= await WriteBatchAsync(streams);
        }
        finally
        {
            Volatile.Write(ref _isWriting, 0);
            foreach (var writer in _waiting.Keys)
            {
                // Taken out first: a reader that comes to wait meanwhile enters again.
                _waiting.TryRemove(writer, out _);
                if (!writer.TryOpenRoom())
                    _waiting[writer] = true;
            }

            pass?.TrySetResult();
        }
    }

    /// <summary>Takes up to a batch of bytes and writes them; returns how many streams it visited.</summary>
    async Task<int> WriteBatchAsync(int streams)
    {
        var batch = new List<(LogStreamWriter Writer, LogBlock Block)>(Math.Min(streams, 64));
        var (visited, bytes, events) = (0, 0L, 0L);
        while (visited < streams && bytes < MaxBatchBytes && _filled.TryDequeue(out var writer))
        {
            visited++;
            var block = writer.Take();
            if (block.Length > 0)
                batch.Add((writer, block));
            bytes += block.Length;
            events += block.Events;
        }

        try
        {
            var allowed = batch.FindAll(static each => each.Writer.MayWrite is not { } mayWrite || mayWrite());
            (bytes, events) = (allowed.Sum(static each => (long)each.Block.Length), allowed.Sum(static each => (long)each.Block.Events));
            if (allowed.Count > 0)
                await store.AppendAsync(allowed);
            Interlocked.Add(ref _eventsIn, events);
            Interlocked.Add(ref _bytesIn, bytes - events * LogFrames.HeaderBytes);
            if (Interlocked.Exchange(ref _droppedUntold, 0) is > 0 and var dropped)
                WritingAgain(dropped);
        }
        catch (Exception failure)
        {
            Interlocked.Add(ref _dropped, events);
            if (Interlocked.Add(ref _droppedUntold, events) == events)
                LinesDropped(failure is SqliteException ? null : failure, events, failure.Message);
        }

        foreach (var (writer, block) in batch)
            writer.Release(block);
        return Math.Max(visited, 1);
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Function log lines cannot be written and are dropped ({Count} so far): {Reason}. Free space in the data folder.")]
    partial void LinesDropped(Exception? failure, long count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Function log lines are written again; {Count} were dropped")]
    partial void WritingAgain(long count);
}
