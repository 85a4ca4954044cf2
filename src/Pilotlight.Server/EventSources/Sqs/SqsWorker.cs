using System.Text;

namespace Pilotlight.EventSources;

/// <summary>One batch at a time: receives, invokes, deletes. The deletion of one batch goes on while the next is received.</summary>
sealed partial class SqsWorker(MappingRun run, IPolledQueue queue, PollerScale scale, SqsPolling polling, ILogger log)
{
    /// <summary>The longest that SQS lets a receive wait.</summary>
    static readonly TimeSpan s_longPoll = TimeSpan.FromSeconds(20);

    static readonly TimeSpan s_shortestRetry = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(1);

    /// <summary>A throttled batch is given up before its messages show again, so that nobody else has them at the same time.</summary>
    static readonly TimeSpan s_margin = TimeSpan.FromSeconds(1);

    readonly string _arn = run.SourceArn!;
    readonly string _region = run.Mapping.Region;
    readonly TimeSpan _window = TimeSpan.FromSeconds(run.Settings.MaximumBatchingWindowInSeconds ?? 0);
    readonly int _batchSize = run.Settings.BatchSize ?? EventSourceKind.Sqs.DefaultBatchSize;
    Task _deleting = Task.CompletedTask;
    long _receivingSince;
    long _busySince;
    bool _waited;

    /// <summary>The last receive brought no message, not even one that a filter took out.</summary>
    bool _foundNothing;

    /// <summary>Whether it has waited for messages longer than so since this was last asked, or does now.</summary>
    public bool HasWaited(TimeSpan limit)
    {
        var since = Volatile.Read(ref _receivingSince);
        var waits = since != 0 && run.Time.GetElapsedTime(since) > limit;
        return Interlocked.Exchange(ref _waited, false) || waits;
    }

    /// <summary>How long its batch has been in flight.</summary>
    public TimeSpan BusyFor(long now) => Volatile.Read(ref _busySince) is var since and not 0 ? run.Time.GetElapsedTime(since, now) : TimeSpan.Zero;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (!polling.TryLeave(scale.Target))
            {
                await BeforeReceiveAsync(stopping);
                var visibility = await VisibilityAsync(stopping);
                var received = run.Time.GetTimestamp();
                var messages = await ReceiveAsync(visibility.Asked, stopping);
                if (messages.Count == 0)
                {
                    if (_foundNothing)
                        scale.TryShrink();
                    continue;
                }

                Volatile.Write(ref _busySince, run.Time.GetTimestamp());
                await RunBatchesAsync(messages, received, visibility.Effective, stopping);
                Volatile.Write(ref _busySince, 0);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            polling.Leave();
        }
        catch
        {
            polling.Leave();
            throw;
        }
        finally
        {
            await _deleting;
        }
    }

    async ValueTask BeforeReceiveAsync(CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        await run.ReadyAsync(stopping);
        while (polling.Throttled > 0)
            await Task.Delay(s_shortestRetry * 4, run.Time, stopping);
        // A function that fails and fails is left in peace for a while; its messages are not lost, only later.
        if (!run.ReportsItemFailures && polling.Failures is > 2 and var failures)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(1000, 20 << Math.Min(failures - 3, 6))), run.Time, stopping);
    }

    /// <summary>AWS's rule: what the queue says, unless the window and the function together may take longer.</summary>
    async ValueTask<(TimeSpan? Asked, TimeSpan Effective)> VisibilityAsync(CancellationToken stopping)
    {
        var own = await queue.VisibilityTimeoutAsync(stopping);
        var needed = _window + TimeSpan.FromSeconds(run.Function?.TimeoutSeconds ?? 0);
        if (needed <= own)
            return (null, own);
        var longer = needed + TimeSpan.FromSeconds(30);
        return (longer, longer);
    }

    async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(TimeSpan? visibility, CancellationToken stopping)
    {
        if (_window == TimeSpan.Zero)
            return await ReceiveOnceAsync(_batchSize, s_longPoll, visibility, stopping);
        await polling.Gathering.WaitAsync(stopping);
        try
        {
            var first = await ReceiveOnceAsync(_batchSize, s_longPoll, visibility, stopping);
            return first.Count == 0 ? first : await GatherAsync([.. first], visibility, stopping);
        }
        finally
        {
            polling.Gathering.Release();
        }
    }

    /// <summary>Until the batch is full, its window has passed, or polling stops: then what there is is run.</summary>
    async Task<IReadOnlyList<QueueMessage>> GatherAsync(List<QueueMessage> gathered, TimeSpan? visibility, CancellationToken stopping)
    {
        var since = run.Time.GetTimestamp();
        var bytes = gathered.Sum(SizeOf);
        while (gathered.Count < _batchSize && bytes < BatchPayload.MaxBytes && _window - run.Time.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
        {
            try
            {
                var more = await ReceiveOnceAsync(_batchSize - gathered.Count, left < s_longPoll ? left : s_longPoll, visibility, stopping);
                gathered.AddRange(more);
                bytes += more.Sum(SizeOf);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return gathered;

        static long SizeOf(QueueMessage message) => message.Body.Length + 512;
    }

    async Task<IReadOnlyList<QueueMessage>> ReceiveOnceAsync(int max, TimeSpan wait, TimeSpan? visibility, CancellationToken stopping)
    {
        var since = run.Time.GetTimestamp();
        Volatile.Write(ref _receivingSince, since);
        try
        {
            var messages = await queue.ReceiveAsync(Math.Min(max, queue.MaxReceive), wait, visibility, stopping);
            _foundNothing = messages.Count == 0;
            return run.Filter.IsEmpty || _foundNothing ? messages : Filtered(messages);
        }
        finally
        {
            Volatile.Write(ref _receivingSince, 0);
            if (run.Time.GetElapsedTime(since) > TimeSpan.FromMilliseconds(20))
                Volatile.Write(ref _waited, true);
        }
    }

    /// <summary>What no filter lets through is deleted unseen.</summary>
    List<QueueMessage> Filtered(IReadOnlyList<QueueMessage> messages)
    {
        var passing = new List<QueueMessage>(messages.Count);
        var unwanted = new List<string>();
        foreach (var message in messages)
        {
            var passes = run.Filter.Matches(
                (message, _arn, _region), static (json, record) => SqsRecord.WriteMetadata(json, record.message, record._arn, record._region),
                Encoding.UTF8.GetBytes(message.Body));
            if (passes)
                passing.Add(message);
            else
                unwanted.Add(message.ReceiptHandle);
        }

        if (unwanted.Count > 0)
        {
            run.Counts.CountFiltered(unwanted.Count);
            Delete(unwanted);
        }

        return passing;
    }

    async Task RunBatchesAsync(IReadOnlyList<QueueMessage> messages, long received, TimeSpan visibility, CancellationToken stopping)
    {
        var batches = SqsBatch.Of(messages, _arn, _region);
        for (var at = 0; at < batches.Count; at++)
        {
            var went = await RunBatchAsync(batches[at], received, visibility, stopping);
            if (went || run.Kind != EventSourceKind.SqsFifo)
                continue;
            // The rest may be of the same group, and must not overtake what failed.
            foreach (var rest in batches.Skip(at + 1))
                rest.Dispose();
            break;
        }
    }

    /// <summary>False when something of the batch was not done.</summary>
    async Task<bool> RunBatchAsync(SqsBatch batch, long received, TimeSpan visibility, CancellationToken stopping)
    {
        var finished = Task.CompletedTask;
        try
        {
            var result = await InvokeAsync(batch, received, visibility, stopping);
            finished = result.Finished;
            if (result.End == BatchEnd.Failed)
            {
                if (!run.ReportsItemFailures)
                    scale.Failed();
                polling.Count(failed: true);
            }

            if (result.End != BatchEnd.Succeeded)
                return false;
            polling.Count(failed: false);
            var failures = run.ReportsItemFailures ? FailuresOf(batch, result.Answer) : BatchItemFailures.None;
            if (failures.IsWholeBatch)
                return false;
            Delete([.. batch.Messages.Where(message => !failures.Identifiers.Contains(message.MessageId)).Select(static message => message.ReceiptHandle)]);
            return !failures.Any;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            BatchFailed(failure, run.Mapping.Id);
            return false;
        }
        finally
        {
            batch.DisposeAfter(finished);
        }
    }

    static BatchItemFailures FailuresOf(SqsBatch batch, ReadOnlyMemory<byte> answer) =>
        BatchItemFailures.Read(answer, id => batch.Messages.Any(message => message.MessageId == id));

    /// <summary>What is throttled is tried again until its messages would show again.</summary>
    async Task<BatchResult> InvokeAsync(SqsBatch batch, long received, TimeSpan visibility, CancellationToken stopping)
    {
        var payload = batch.Finish();
        var trace = batch.TraceHeader;
        var result = await run.InvokeAsync(payload, trace);
        if (result.End != BatchEnd.Throttled)
            return result;
        polling.BeginThrottled();
        scale.Throttled();
        try
        {
            for (var pause = s_shortestRetry; result.End == BatchEnd.Throttled; pause = pause * 2 < s_longestRetry ? pause * 2 : s_longestRetry)
            {
                if (run.Time.GetElapsedTime(received) + pause + s_margin > visibility)
                    break;
                await Task.Delay(pause, run.Time, stopping);
                result = await run.InvokeAsync(payload, trace);
            }

            return result;
        }
        finally
        {
            polling.EndThrottled();
        }
    }

    void Delete(IReadOnlyList<string> handles) => _deleting = DeleteAsync(_deleting, handles);

    async Task DeleteAsync(Task before, IReadOnlyList<string> handles)
    {
        await before;
        try
        {
            // What has run is deleted, whatever stops meanwhile.
            await queue.DeleteAsync(handles, CancellationToken.None);
        }
        catch (Exception failure)
        {
            NotDeleted(failure, handles.Count, run.Mapping.Id);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of event source mapping {Id} could not be run; its messages come again")]
    partial void BatchFailed(Exception failure, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages that were done with could not be deleted; event source mapping {Id} will run them again")]
    partial void NotDeleted(Exception failure, int count, string id);
}
