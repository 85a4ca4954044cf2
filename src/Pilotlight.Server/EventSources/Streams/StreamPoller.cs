namespace Pilotlight.EventSources;

/// <summary>Polls every shard of a stream for one mapping: children begin when their parents are done with.</summary>
sealed class StreamPoller(MappingRun run, IShardedStreams streams, StreamCheckpoints checkpoints, ILogger log) : IPoller
{
    public async Task RunAsync(CancellationToken stopping)
    {
        var stream = await streams.OpenAsync(run.SourceArn!, stopping) ?? throw new SourceUnavailableException($"Stream not found: {run.SourceArn}");
        var (begun, known) = await checkpoints.BeginAsync(run.Mapping.Id, run.Time.GetUtcNow());
        var start = StartOf(begun);
        var running = new Dictionary<string, Task<bool>>(StringComparer.Ordinal);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            while (true)
            {
                await run.ReadyAsync(stopping);
                var shards = await stream.ListShardsAsync(stopping);
                await ForgetAsync(known, shards);
                foreach (var shard in shards)
                {
                    if (running.ContainsKey(shard.Id) || IsDone(shard.Id) || !shard.Parents.All(parent => IsDone(parent) || shards.All(other => other.Id != parent)))
                        continue;
                    running.Add(
                        shard.Id, new ShardPoller(run, stream, checkpoints, log).RunAsync(shard.Id, known.GetValueOrDefault(shard.Id), start, ending.Token));
                }

                run.Counts.Concurrency = running.Count * Math.Max(1, run.Settings.ParallelizationFactor ?? 1);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                await Task.WhenAny([.. running.Values, Task.Delay(stream.ShardRefresh, run.Time, patience.Token)]);
                await patience.CancelAsync();
                stopping.ThrowIfCancellationRequested();
                foreach (var (id, ended) in running.Where(static pair => pair.Value.IsCompleted).ToList())
                {
                    running.Remove(id);
                    if (await ended)
                        known[id] = new ShardCheckpoint { IsDone = true };
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            await ending.CancelAsync();
            await ((Task)Task.WhenAll(running.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            run.Counts.Concurrency = 0;
        }

        bool IsDone(string shard) => known.GetValueOrDefault(shard) is { IsDone: true };
    }

    /// <summary>
    /// Where a shard begins that has no checkpoint. LATEST is the moment when the mapping began to poll, in every shard: so nothing is lost
    /// when the platform stops before the first record came, or when a shard is made meanwhile.
    /// </summary>
    ShardStart StartOf(DateTimeOffset begun) => run.Mapping.Source.StartingPosition switch
    {
        "LATEST" => new ShardStart.At(begun),
        "AT_TIMESTAMP" when run.Mapping.Source.StartingPositionTimestamp is { } seconds => new ShardStart.At(DateTimeOffset.UnixEpoch.AddMilliseconds(seconds * 1000)),
        _ => new ShardStart.Beginning(),
    };

    async Task ForgetAsync(Dictionary<string, ShardCheckpoint> known, IReadOnlyList<SourceShard> shards)
    {
        var expired = known.Keys.Where(id => shards.All(shard => shard.Id != id)).ToList();
        if (expired.Count == 0)
            return;
        await checkpoints.ForgetAsync(run.Mapping.Id, expired);
        foreach (var id in expired)
            known.Remove(id);
    }
}
