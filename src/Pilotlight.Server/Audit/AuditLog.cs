using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Pilotlight.Audit;

/// <summary>
/// The way of records to the disk: a bounded channel and one loop. A full channel makes control-plane calls wait, so that nobody can
/// hide a call behind a flood of others; a disk that refuses loses records, which are counted, and stops nobody.
/// </summary>
sealed partial class AuditLog(AuditStore store, AuditOptions options, TimeProvider time, ILogger<AuditLog> log) : BackgroundService
{
    const int MaxBatch = 256;
    static readonly TimeSpan s_sweepInterval = TimeSpan.FromHours(1);

    readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(4096)
    {
        FullMode = BoundedChannelFullMode.Wait,
        SingleReader = true,
    });

    long _lost;

    public long Lost => Interlocked.Read(ref _lost);

    public ValueTask AddAsync(AuditRecord record, CancellationToken cancellation) => _entries.Writer.WriteAsync(new Entry(record, null), cancellation);

    /// <summary>Completes when everything added before is on disk.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _entries.Writer.WriteAsync(new Entry(null, reached), cancellation);
        await reached.Task.WaitAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var swept = time.GetTimestamp() - s_sweepInterval.Ticks;
        await using var end = stopping.Register(() => _entries.Writer.TryComplete());
        var batch = new List<AuditRecord>(MaxBatch);
        var reached = new List<TaskCompletionSource>();
        // Until the channel is empty, not until the host stops: what was answered is recorded.
        while (await _entries.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < MaxBatch && _entries.Reader.TryRead(out var entry))
            {
                if (entry.Record is { } record)
                    batch.Add(record);
                if (entry.Reached is { } waiting)
                    reached.Add(waiting);
            }

            await WriteAsync(batch);
            batch.Clear();
            reached.ForEach(waiting => waiting.TrySetResult());
            reached.Clear();
            if (time.GetElapsedTime(swept) < s_sweepInterval)
                continue;
            swept = time.GetTimestamp();
            await SweepAsync();
        }
    }

    async Task WriteAsync(List<AuditRecord> batch)
    {
        if (batch.Count == 0)
            return;
        try
        {
            await store.AddAsync(batch, CancellationToken.None);
        }
        catch (SqliteException failure)
        {
            Interlocked.Add(ref _lost, batch.Count);
            RecordsLost(failure, batch.Count);
        }
    }

    async Task SweepAsync()
    {
        try
        {
            await store.ForgetBeforeAsync(time.GetUtcNow().AddDays(-options.RetentionDays), CancellationToken.None);
        }
        catch (SqliteException failure)
        {
            SweepFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} records of the audit log could not be written to audit.db in the data folder")]
    partial void RecordsLost(Exception failure, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old records of the audit log could not be deleted; trying again in an hour")]
    partial void SweepFailed(Exception failure);

    readonly record struct Entry(AuditRecord? Record, TaskCompletionSource? Reached);
}
