using Confluent.Kafka;

namespace Pilotlight.EventSources;

/// <summary>
/// One member of a consumer group. A thread takes records off the client and hands each to its partition, which runs one batch at a time;
/// a partition that has enough to do is paused. What was run is committed.
/// </summary>
sealed partial class KafkaPoller(MappingRun run, SourcesOptions options, ILogger<KafkaPoller> log) : IPoller
{
    static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    /// <summary>For questions to the cluster: committed offsets, offsets by time.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    readonly Dictionary<TopicPartition, KafkaPartition> _partitions = [];

    /// <summary>Those that were revoked and still end.</summary>
    readonly List<Task> _ending = [];

    Error? _failure;

    public async Task RunAsync(CancellationToken stopping)
    {
        var cluster = KafkaCluster.Of(run.Mapping, options);
        // The client blocks, and a pool thread must not.
        await Task.Factory.StartNew(() => Poll(cluster, stopping), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(_ending);
        if (_failure is { } failure && !stopping.IsCancellationRequested)
            throw new SourceUnavailableException($"Kafka: {failure.Reason}");
    }

    void Poll(KafkaCluster cluster, CancellationToken stopping)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(cluster.Consumer)
            .SetErrorHandler((_, error) =>
            {
                // All others the client gets over by itself. Its own words name addresses and times, and would never be the same twice.
                run.ReportProblem($"Kafka: {error.Code.GetReason()}");
                if (error.IsFatal)
                    _failure = error;
            })
            .SetLogHandler(static (_, _) => { })
            .SetPartitionsAssignedHandler((client, assigned) => StartAt(client, assigned))
            .SetPartitionsRevokedHandler((_, revoked) => Revoke(revoked))
            .SetPartitionsLostHandler((_, lost) => Revoke(lost))
            .Build();
        consumer.Subscribe(run.Mapping.Source.Topics);
        try
        {
            while (!stopping.IsCancellationRequested && _failure is null)
                Consume(consumer, cluster, stopping);
        }
        catch (KafkaException fatal)
        {
            _failure = fatal.Error;
        }
        finally
        {
            // Partitions commit what they still run through this client.
            Revoke([.. _partitions.Keys.Select(static partition => new TopicPartitionOffset(partition, Offset.Unset))]);
            Task.WaitAll([.. _ending], CancellationToken.None);
            consumer.Close();
        }
    }

    void Consume(IConsumer<byte[]?, byte[]?> consumer, KafkaCluster cluster, CancellationToken stopping)
    {
        try
        {
            if (consumer.Consume(s_poll) is { Message: not null } record)
                PartitionOf(consumer, record.TopicPartition, cluster, stopping).Add(record);
        }
        catch (ConsumeException refused) when (!refused.Error.IsFatal)
        {
            run.ReportProblem($"Kafka: {refused.Error.Reason}");
            CannotConsume(run.Mapping.Id, refused.Error.Reason);
        }

        foreach (var partition in _partitions.Values)
            partition.Balance();
    }

    KafkaPartition PartitionOf(IConsumer<byte[]?, byte[]?> consumer, TopicPartition key, KafkaCluster cluster, CancellationToken stopping)
    {
        if (!_partitions.TryGetValue(key, out var partition))
            _partitions.Add(key, partition = new KafkaPartition(run, consumer, key, cluster.BootstrapServers, log, stopping));
        return partition;
    }

    void Revoke(List<TopicPartitionOffset> revoked)
    {
        foreach (var gone in revoked)
        {
            if (_partitions.Remove(gone.TopicPartition, out var partition))
                _ending.Add(partition.StopAsync());
        }
    }

    /// <summary>Only a group that has committed nothing yet begins at the mapping's position; the client itself knows the first two of them.</summary>
    List<TopicPartitionOffset> StartAt(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartition> assigned)
    {
        if (run.Mapping.Source is not { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: { } seconds })
            return [.. assigned.Select(static partition => new TopicPartitionOffset(partition, Offset.Unset))];
        var committed = consumer.Committed(assigned, s_patience).ToDictionary(static offset => offset.TopicPartition, static offset => offset.Offset);
        var timestamp = new Timestamp((long)(seconds * 1000), TimestampType.CreateTime);
        var fresh = assigned.Where(partition => committed.GetValueOrDefault(partition, Offset.Unset) == Offset.Unset)
            .Select(partition => new TopicPartitionTimestamp(partition, timestamp)).ToList();
        var found = fresh.Count == 0 ? [] : consumer.OffsetsForTimes(fresh, s_patience);
        return
        [
            .. assigned.Select(partition =>
                found.Find(offset => offset.TopicPartition == partition) ?? new TopicPartitionOffset(partition, Offset.Unset)),
        ];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event source mapping {Id} cannot consume now: {Reason}")]
    partial void CannotConsume(string id, string reason);
}
