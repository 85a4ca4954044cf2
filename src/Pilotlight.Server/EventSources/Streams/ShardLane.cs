namespace Pilotlight.EventSources;

/// <summary>
/// One invocation at a time with records of one shard (all of them, or with a parallelization factor those of its share of the keys), in
/// their order: a batch is retried, split, or given up before the next begins.
/// </summary>
sealed class ShardLane(ShardParts parts)
{
    /// <summary>AWS's limit for the state of a window.</summary>
    const int MostStateBytes = 1024 * 1024;

    static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    readonly MappingRun _run = parts.Run;
    readonly TumblingWindow? _window = TumblingWindow.Of(parts);

    public LaneQueue Queue { get; } = new();

    /// <summary>Until the queue is complete and empty, or polling stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<PendingRecord>();
        while (true)
        {
            var isMore = await CollectAsync(batch, stopping);
            if (_window is not null && _window.IsOver(batch, isMore, Queue.State))
                await CloseWindowAsync(isEarly: false, stopping);
            if (batch.Count > 0)
                await ProcessAsync(new Attempt([.. batch], 0), stopping);
            else if (!isMore)
                return;
            batch.Clear();
        }
    }

    /// <summary>Fills a batch: until it is full, or its window is over. Empty when a tumbling window ended first.</summary>
    /// <returns>False when nothing comes any more.</returns>
    async Task<bool> CollectAsync(List<PendingRecord> batch, CancellationToken stopping)
    {
        var size = _run.Settings.BatchSize ?? 100;
        var bytes = StreamBatch.Overhead + (_window?.StateBytes ?? 0);
        var isFull = false;
        long? begun = null;
        var patience = TimeSpan.FromSeconds(_run.Settings.MaximumBatchingWindowInSeconds ?? 0);
        while (true)
        {
            stopping.ThrowIfCancellationRequested();
            var state = Queue.State;
            Queue.Take(batch, Fits);
            if (batch.Count > 0)
                begun ??= _run.Time.GetTimestamp();
            if (state.IsComplete && !state.HasRecords)
                return false;
            var waited = begun is { } since ? _run.Time.GetElapsedTime(since) : TimeSpan.Zero;
            if (isFull || batch.Count == size || (batch.Count > 0 && waited >= patience))
                return true;
            if (batch.Count == 0 && _window is { } window && window.IsOver(batch, true, state))
                return true;
            await WaitAsync(state.Changed, batch.Count > 0 ? patience - waited : _window?.Rest, stopping);
        }

        bool Fits(PendingRecord next)
        {
            if (batch.Count == size || (batch.Count > 0 && bytes + next.Record.EventBytes > BatchPayload.MaxBytes)
                || (batch.Count > 0 && _window is not null && _window.StartOf(next.Record) != _window.StartOf(batch[0].Record)))
            {
                isFull = true;
                return false;
            }

            bytes += next.Record.EventBytes;
            return true;
        }
    }

    async Task WaitAsync(Task changed, TimeSpan? limit, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(changed, Task.Delay(limit is { } rest ? (rest > TimeSpan.Zero ? rest : TimeSpan.Zero) : Timeout.InfiniteTimeSpan, _run.Time, patience.Token));
        await patience.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    /// <param name="Retries">Made so far.</param>
    sealed record Attempt(IReadOnlyList<PendingRecord> Records, int Retries);

    async Task ProcessAsync(Attempt whole, CancellationToken stopping)
    {
        var work = new Stack<Attempt>([whole]);
        while (work.TryPop(out var attempt))
        {
            attempt = await WithoutExpiredAsync(attempt, stopping);
            if (attempt.Records.Count == 0)
                continue;
            var window = _window?.Enter(attempt.Records[0].Record);
            var result = await InvokeAsync(attempt.Records, window, stopping);
            var rest = attempt.Records;
            var error = result.FunctionError;
            if (result.End == BatchEnd.Succeeded && (_window is null || _window.Accepts(result.Answer, isFinal: false)))
            {
                var done = rest.Count - FailedOf(result, rest);
                if (_window is not null && _window.IsTooLarge(MostStateBytes))
                    await CloseWindowAsync(isEarly: true, stopping);
                await parts.Progress.DoneAsync(rest.Take(done), _window is null ? null : _window.Save);
                if (done == rest.Count)
                    continue;
                rest = [.. rest.Skip(done)];
                error = null;
                if (done > 0 && _run.Settings.BisectBatchOnFunctionError == true)
                {
                    // Split where the function said, which is no retry.
                    work.Push(attempt with { Records = rest });
                    continue;
                }
            }

            if (_run.Settings.BisectBatchOnFunctionError == true && rest.Count > 1)
            {
                work.Push(attempt with { Records = [.. rest.Skip(rest.Count / 2)] });
                work.Push(attempt with { Records = [.. rest.Take(rest.Count / 2)] });
                continue;
            }

            if (_run.Settings.MaximumRetryAttempts is { } most and >= 0 && attempt.Retries >= most)
            {
                await GiveUpAsync(new StreamFailure(rest, attempt.Retries + 1, result, error), stopping);
                continue;
            }

            await PauseAsync(attempt.Retries, rest[0].Record, stopping);
            work.Push(new Attempt(rest, attempt.Retries + 1));
        }
    }

    /// <summary>How many at the end of the batch are to be retried.</summary>
    int FailedOf(BatchResult result, IReadOnlyList<PendingRecord> records)
    {
        if (!_run.ReportsItemFailures)
            return 0;
        var places = new Dictionary<string, int>(records.Count, StringComparer.Ordinal);
        for (var index = 0; index < records.Count; index++)
            places[records[index].Record.SequenceNumber] = index;
        var failures = BatchItemFailures.Read(result.Answer, places.ContainsKey);
        return failures.IsWholeBatch ? records.Count
            : failures.Identifiers.Count > 0 ? records.Count - failures.Identifiers.Min(number => places[number])
            : 0;
    }

    /// <summary>Until it was run: throttles, and functions that are not there, are nobody's failure.</summary>
    async Task<BatchResult> InvokeAsync(IReadOnlyList<PendingRecord> records, BatchWindow? window, CancellationToken stopping)
    {
        for (var throttles = 0; ; throttles++)
        {
            await _run.ReadyAsync(stopping);
            var payload = new BatchPayload();
            StreamBatch.Write(payload, records, parts.Surroundings, window);
            BatchResult result;
            try
            {
                result = await _run.InvokeAsync(payload.Written);
            }
            catch
            {
                payload.Dispose();
                throw;
            }

            payload.DisposeAfter(result.Finished);
            if (result.End is BatchEnd.Succeeded or BatchEnd.Failed)
                return result;
            await PauseAsync(throttles, null, stopping);
        }
    }

    /// <summary>Gives up what is older than the mapping allows; and of what failed once, what has meanwhile expired in the stream.</summary>
    async Task<Attempt> WithoutExpiredAsync(Attempt attempt, CancellationToken stopping)
    {
        if (_run.Settings.MaximumRecordAgeInSeconds is not > 0 && attempt.Retries == 0)
            return attempt;
        var now = _run.Time.GetUtcNow();
        var limit = _run.Settings.MaximumRecordAgeInSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var expired = attempt.Records.TakeWhile(pending => now - pending.Record.Arrived > (limit ?? parts.Stream.Retention)).ToList();
        if (expired.Count == 0)
            return attempt;
        if (limit is not null)
            await GiveUpAsync(new StreamFailure(expired, attempt.Retries + 1, null, null), stopping);
        else
            await parts.Progress.DoneAsync(expired);
        return attempt with { Records = [.. attempt.Records.Skip(expired.Count)] };
    }

    async Task GiveUpAsync(StreamFailure failure, CancellationToken stopping)
    {
        await parts.Failures.SendAsync(failure, parts.Surroundings, stopping);
        await parts.Progress.DoneAsync(failure.Records);
    }

    /// <param name="first">The oldest record: it is not slept beyond its age.</param>
    async Task PauseAsync(int retries, SourceRecord? first, CancellationToken stopping)
    {
        var pause = retries < 10 ? s_firstPause * (1 << retries) : s_longestPause;
        if (first is not null && _run.Settings.MaximumRecordAgeInSeconds is { } seconds and > 0)
        {
            var rest = first.Arrived + TimeSpan.FromSeconds(seconds) - _run.Time.GetUtcNow() + TimeSpan.FromMilliseconds(1);
            pause = rest < pause ? rest : pause;
        }

        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, _run.Time, stopping);
    }

    /// <summary>The last invocation of a window, without records. When it cannot be made, the state is lost as AWS loses it.</summary>
    async Task CloseWindowAsync(bool isEarly, CancellationToken stopping)
    {
        var window = _window!.Final(isEarly);
        for (var retries = 0; ; retries++)
        {
            var result = await InvokeAsync([], window, stopping);
            if ((result.End == BatchEnd.Succeeded && _window.Accepts(result.Answer, isFinal: true))
                || (_run.Settings.MaximumRetryAttempts is { } most and >= 0 && retries >= most)
                || _run.Time.GetUtcNow() - window.End > parts.Stream.Retention)
                break;
            await PauseAsync(retries, null, stopping);
        }

        _window.Leave(isEarly);
        await parts.Progress.DoneAsync([], _window.Save);
    }
}
