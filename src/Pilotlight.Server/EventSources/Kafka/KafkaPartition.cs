using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Confluent.Kafka;

namespace Pilotlight.EventSources;

/// <summary>
/// One partition while it is this mapping's: its records in their order, one batch in flight. A batch that fails is tried again, and blocks
/// the partition, until it succeeds or is given up.
/// </summary>
sealed partial class KafkaPartition
{
    static readonly TimeSpan s_defaultWindow = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    /// <summary>With a destination for failures nothing is tried for ever.</summary>
    const int MostAttemptsWithDestination = 10;

    readonly MappingRun _run;
    readonly IConsumer<byte[]?, byte[]?> _consumer;
    readonly TopicPartition _partition;
    readonly string _servers;
    readonly ILogger _log;
    readonly CancellationTokenSource _stopping;
    readonly int _batchSize;
    readonly TimeSpan _window;
    readonly Task _loop;

    /// <summary>The thread that fills it must not wait: the partition is paused instead (<see cref="Balance"/>, which counts it: one for a single reader cannot).</summary>
    readonly Channel<ConsumeResult<byte[]?, byte[]?>> _records = Channel.CreateUnbounded<ConsumeResult<byte[]?, byte[]?>>(
        new UnboundedChannelOptions { SingleWriter = true });

    bool _isPaused;

    public KafkaPartition(
        MappingRun run, IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition, string servers, ILogger log, CancellationToken stopping)
    {
        (_run, _consumer, _partition, _servers, _log) = (run, consumer, partition, servers, log);
        _batchSize = run.Settings.BatchSize ?? run.Kind.DefaultBatchSize;
        _window = run.Settings.MaximumBatchingWindowInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : s_defaultWindow;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _loop = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
    }

    string Name => $"{_partition.Topic}-{_partition.Partition.Value.ToString(CultureInfo.InvariantCulture)}";

    public void Add(ConsumeResult<byte[]?, byte[]?> record) => _records.Writer.TryWrite(record);

    /// <summary>Pauses the partition when it has two batches waiting, and lets it go on when it has less than one. Of the consuming thread.</summary>
    public void Balance()
    {
        var waiting = _records.Reader.Count;
        if (!_isPaused && waiting >= 2 * _batchSize)
            _consumer.Pause([_partition]);
        else if (_isPaused && waiting < _batchSize)
            _consumer.Resume([_partition]);
        else
            return;
        _isPaused = !_isPaused;
    }

    /// <summary>Ends after the batch in flight, which is still committed.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await _run.ReadyAsync(stopping);
                var (batch, last) = await GatherAsync(stopping);
                if (batch.Count == 0 || await RunBatchAsync(batch, stopping))
                    Commit(last + 1);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What was not committed comes again.
        }
        catch (Exception failure)
        {
            PartitionFailed(failure, Name, _run.Mapping.Id);
            _run.ReportProblem($"Partition {Name} is not polled any more");
        }
    }

    /// <summary>What passes the filters, and the offset of the last record that was looked at. The window begins with the first record.</summary>
    async Task<(List<ConsumeResult<byte[]?, byte[]?>> Batch, long Last)> GatherAsync(CancellationToken stopping)
    {
        var batch = new List<ConsumeResult<byte[]?, byte[]?>>();
        var record = await _records.Reader.ReadAsync(stopping);
        var (bytes, last) = (0L, 0L);
        using var window = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var timer = _run.Time.CreateTimer(static window => ((CancellationTokenSource)window!).Cancel(), window, _window, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                last = record.Offset.Value;
                bytes += KafkaRecord.SizeOf(record);
                if (Passes(record))
                    batch.Add(record);
                if (batch.Count >= _batchSize)
                    break;
                while (!_records.Reader.TryPeek(out record!))
                    await _records.Reader.WaitToReadAsync(window.Token);
                if (bytes + KafkaRecord.SizeOf(record) > BatchPayload.MaxBytes)
                    break;
                _records.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The window has passed.
        }

        return (batch, last);
    }

    bool Passes(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (_run.Filter.IsEmpty || _run.Filter.Matches(record, KafkaRecord.WriteMetadata, record.Message.Value))
            return true;
        _run.Counts.CountFiltered(1);
        return false;
    }

    /// <summary>Returns when the batch is done with: run, or given up and told to its destination.</summary>
    async Task<bool> RunBatchAsync(List<ConsumeResult<byte[]?, byte[]?>> whole, CancellationToken stopping)
    {
        var parts = new Stack<List<ConsumeResult<byte[]?, byte[]?>>>([whole]);
        while (parts.TryPop(out var batch))
        {
            var attempts = 0;
            var pause = s_shortestPause;
            while (batch.Count > 0)
            {
                var (result, bytes) = await InvokeAsync(batch, stopping);
                attempts++;
                if (result is null)
                {
                    if (batch.Count == 1)
                    {
                        await TellAsync(batch, null, "MaximumPayloadSizeExceeded", 1, bytes, stopping);
                        break;
                    }

                    parts.Push(batch[(batch.Count / 2)..]);
                    batch = batch[..(batch.Count / 2)];
                    attempts--;
                    continue;
                }

                var done = Done(batch, result);
                if (done > 0)
                {
                    batch = batch[done..];
                    attempts = batch.Count > 0 ? 1 : 0;
                    if (batch.Count > 0)
                        Commit(batch[0].Offset.Value);
                }

                if (batch.Count == 0)
                    break;
                if (result.End == BatchEnd.Failed && _run.Settings.BisectBatchOnFunctionError == true && batch.Count > 1)
                {
                    parts.Push(batch[(batch.Count / 2)..]);
                    batch = batch[..(batch.Count / 2)];
                    attempts--;
                }
                else if (GivenUp(batch, attempts) is { } condition)
                {
                    await TellAsync(batch, result, condition, attempts, bytes, stopping);
                    break;
                }

                await Task.Delay(pause, _run.Time, stopping);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
        }

        return true;
    }

    /// <summary>How many records from the front are done with.</summary>
    int Done(List<ConsumeResult<byte[]?, byte[]?>> batch, BatchResult result)
    {
        if (result.End != BatchEnd.Succeeded)
            return 0;
        if (!_run.ReportsItemFailures)
            return batch.Count;
        var places = new Dictionary<string, int>(batch.Count, StringComparer.Ordinal);
        for (var at = 0; at < batch.Count; at++)
            places[IdOf(Name, batch[at].Offset.Value)] = at;
        var failures = BatchItemFailures.Read(result.Answer, places.ContainsKey, Identify);
        return failures.IsWholeBatch ? 0 : failures.Any ? failures.Identifiers.Min(id => places[id]) : batch.Count;
    }

    static string IdOf(string partition, long offset) => string.Create(CultureInfo.InvariantCulture, $"{partition}@{offset}");

    static string? Identify(JsonElement identifier) =>
        identifier.ValueKind == JsonValueKind.Object
        && identifier.TryGetProperty("partition", out var partition) && partition.ValueKind == JsonValueKind.String
        && identifier.TryGetProperty("offset", out var offset) && offset.ValueKind == JsonValueKind.Number && offset.TryGetInt64(out var number)
            ? IdOf(partition.GetString()!, number)
            : null;

    /// <summary>AWS's word for why the batch is not tried again; null while it is.</summary>
    string? GivenUp(List<ConsumeResult<byte[]?, byte[]?>> batch, int attempts)
    {
        var most = _run.Settings.MaximumRetryAttempts is >= 0 and var retries
            ? retries + 1
            : _run.FailureDestination is null ? int.MaxValue : MostAttemptsWithDestination;
        if (attempts >= most)
            return "RetryAttemptsExhausted";
        var oldest = DateTimeOffset.FromUnixTimeMilliseconds(batch[0].Message.Timestamp.UnixTimestampMs);
        return _run.Settings.MaximumRecordAgeInSeconds is > 0 and var seconds && _run.Time.GetUtcNow() - oldest > TimeSpan.FromSeconds(seconds)
            ? "RecordAgeExceeded"
            : null;
    }

    /// <summary>No result for a batch that is larger than an event may be.</summary>
    async Task<(BatchResult? Result, long Bytes)> InvokeAsync(List<ConsumeResult<byte[]?, byte[]?>> batch, CancellationToken stopping)
    {
        var payload = new BatchPayload();
        var finished = Task.CompletedTask;
        try
        {
            KafkaFailure.WriteEvent(payload.Json, _run, _servers, Name, batch);
            var written = payload.Written;
            if (written.Length > BatchPayload.MaxBytes)
                return (null, written.Length);
            var result = await _run.InvokeWhenPossibleAsync(written, null, stopping);
            finished = result.Finished;
            return (result, written.Length);
        }
        finally
        {
            payload.DisposeAfter(finished);
        }
    }

    async Task TellAsync(
        List<ConsumeResult<byte[]?, byte[]?>> batch, BatchResult? result, string condition, int attempts, long bytes, CancellationToken stopping)
    {
        if (_run.FailureDestination is not { } destination)
            return;
        using var record = new BatchPayload();
        var failure = new KafkaFailure(condition, attempts, bytes, result);
        failure.Write(record.Json, _run, _servers, Name, batch, withPayload: destination.StartsWith("arn:aws:s3", StringComparison.Ordinal));
        var sent = await _run.SendFailureAsync(record.Written, KafkaFailure.ObjectKey(_run, Name), stopping);
        if (!sent.IsDelivered)
            NotTold(_run.Mapping.Id, destination, sent.Message ?? sent.End.ToString());
    }

    void Commit(long next)
    {
        try
        {
            _consumer.Commit([new TopicPartitionOffset(_partition, next)]);
        }
        catch (Exception refused) when (refused is KafkaException or ObjectDisposedException)
        {
            // The partition is another member's by now, which runs the records again.
            NotCommitted(Name, _run.Mapping.Id, refused.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Partition {Partition} of event source mapping {Id} is not polled any more")]
    partial void PartitionFailed(Exception failure, string partition, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Partition {Partition} of event source mapping {Id} could not be committed: {Reason}")]
    partial void NotCommitted(string partition, string id, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event source mapping {Id} could not tell {Destination} of a batch that it gave up: {Reason}")]
    partial void NotTold(string id, string destination, string reason);
}
