namespace Pilotlight.EventSources;

/// <summary>What the parts of one shard's poller share.</summary>
sealed record ShardParts(MappingRun Run, IShardedStream Stream, ShardProgress Progress, FailureSender Failures, RecordSurroundings Surroundings);

/// <summary>Reads one shard and shares its records among lanes.</summary>
sealed class ShardPoller(MappingRun run, IShardedStream stream, StreamCheckpoints checkpoints, ILogger log)
{
    const int MostRecordsAtOnce = 10_000;

    /// <summary>Until the shard is done with, or polling stops.</summary>
    /// <returns>Whether it is done with.</returns>
    public async Task<bool> RunAsync(string shardId, ShardCheckpoint? from, ShardStart start, CancellationToken stopping)
    {
        var size = run.Settings.BatchSize ?? 100;
        var lanes = Math.Max(1, run.Settings.ParallelizationFactor ?? 1);
        var progress = new ShardProgress(
            from ?? new ShardCheckpoint(), Math.Max(1000, 2 * size * lanes), checkpoint => checkpoints.SaveLaterAsync(run.Mapping.Id, shardId, checkpoint));
        var surroundings = new RecordSurroundings(shardId, stream.Arn, run.Mapping.Region, run.Function?.Role ?? "");
        var parts = new ShardParts(run, stream, progress, new FailureSender(run, log), surroundings);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var all = Enumerable.Range(0, lanes).Select(_ => new ShardLane(parts)).ToArray();
        List<Task> tasks = [.. all.Select(lane => Task.Run(() => lane.RunAsync(ending.Token), CancellationToken.None))];
        tasks.Add(ReadAsync(shardId, from?.After is { } after ? new ShardStart.After(after) : start, parts, all, ending.Token));
        var isDone = false;
        try
        {
            await foreach (var ended in Task.WhenEach(tasks))
                await ended;
            isDone = true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Whoever opens the shard next must find it; until now it was written without waiting.
            if (isDone || progress.Checkpoint != from)
                await checkpoints.SaveAsync(run.Mapping.Id, shardId, progress.Checkpoint with { IsDone = isDone });
        }

        return isDone;
    }

    async Task ReadAsync(string shardId, ShardStart start, ShardParts parts, ShardLane[] lanes, CancellationToken stopping)
    {
        await Task.Yield();
        var cursor = await stream.OpenAsync(shardId, start, stopping);
        var shares = lanes.Select(static _ => new List<PendingRecord>()).ToArray();
        var filtered = new List<PendingRecord>();
        while (true)
        {
            await run.ReadyAsync(stopping);
            await parts.Progress.RoomAsync(stopping);
            var asked = run.Time.GetUtcNow();
            var read = await cursor.ReadAsync(Math.Min(MostRecordsAtOnce, Math.Max(100, (run.Settings.BatchSize ?? 100) * lanes.Length)), stopping);
            foreach (var record in read.Records)
            {
                var pending = parts.Progress.Add(record);
                if (record.Passes(run.Filter))
                    shares[LaneOf(record, lanes.Length)].Add(pending);
                else
                    filtered.Add(pending);
            }

            if (filtered.Count > 0)
            {
                run.Counts.CountFiltered(filtered.Count);
                await parts.Progress.DoneAsync(filtered);
                filtered.Clear();
            }

            for (var lane = 0; lane < lanes.Length; lane++)
            {
                if (shares[lane].Count > 0)
                    lanes[lane].Queue.Add(shares[lane]);
                shares[lane].Clear();
                if (read.IsCaughtUp && run.Settings.TumblingWindowInSeconds > 0)
                    lanes[lane].Queue.CaughtUp(asked);
                if (read.IsAtEnd)
                    lanes[lane].Queue.Complete();
            }

            if (read.IsAtEnd)
                return;
        }
    }

    static int LaneOf(SourceRecord record, int lanes)
    {
        if (lanes == 1)
            return 0;
        var hash = 2166136261u;
        foreach (var character in record.OrderKey)
            hash = (hash ^ character) * 16777619;
        return (int)(hash % (uint)lanes);
    }
}
