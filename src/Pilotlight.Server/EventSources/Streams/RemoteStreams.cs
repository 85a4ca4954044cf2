using System.Text.Json;

namespace Pilotlight.EventSources;

/// <summary>Streams elsewhere: what the APIs of Kinesis and of DynamoDB Streams have in common, which is nearly all.</summary>
abstract class RemoteStreams(SignedJsonClient client, TimeProvider time) : IShardedStreams, IDisposable
{
    public TimeProvider Time => time;

    public abstract Task<IShardedStream?> OpenAsync(string arn, CancellationToken cancellation);

    public void Dispose() => client.Dispose();

    /// <summary>Null when the stream is not found.</summary>
    /// <exception cref="SourceUnavailableException">The service refuses for another reason, in its own words.</exception>
    protected async Task<JsonElement?> TryCallAsync(string operation, string arn, Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        try
        {
            return await client.CallAsync(operation, arn.Split(':') is [_, _, _, var region, ..] ? region : "us-east-1", members, cancellation);
        }
        catch (ServiceRefusedException refused) when (refused.Code == "ResourceNotFoundException")
        {
            return null;
        }
        catch (ServiceRefusedException refused) when (refused.Code is not ("ExpiredIteratorException" or "TrimmedDataAccessException"))
        {
            throw new SourceUnavailableException(refused.Message, refused);
        }
    }

    public async Task<JsonElement> CallAsync(string operation, string arn, Action<Utf8JsonWriter> members, CancellationToken cancellation) =>
        await TryCallAsync(operation, arn, members, cancellation) ?? throw new SourceUnavailableException($"Stream not found: {arn}");

    public static string? Text(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static IEnumerable<JsonElement> Items(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.Object)
            : [];

    /// <summary>As both services name them; what expired as a parent is none.</summary>
    public static SourceShard? ShardOf(JsonElement json) => Text(json, "ShardId") is { } id
        ? new SourceShard(id, [.. new[] { Text(json, "ParentShardId"), Text(json, "AdjacentParentShardId") }.Where(static parent => parent is not null).Select(static parent => parent!)])
        : null;
}

/// <summary>Reads a shard elsewhere: at once while there is more, else at intervals.</summary>
abstract class RemoteCursor(TimeProvider time, TimeSpan interval, ShardStart start) : IShardCursor
{
    ShardStart _start = start;
    string? _iterator;
    long? _asked;

    protected abstract Task<string?> IterateAsync(ShardStart start, CancellationToken cancellation);

    protected abstract Task<JsonElement> GetRecordsAsync(string iterator, int max, CancellationToken cancellation);

    protected abstract SourceRecord? RecordOf(JsonElement json);

    public async Task<ShardRead> ReadAsync(int max, CancellationToken cancellation)
    {
        if (_asked is { } asked && interval - time.GetElapsedTime(asked) is { Ticks: > 0 } rest)
            await Task.Delay(rest, time, cancellation);
        JsonElement answer;
        try
        {
            _iterator ??= await IterateAsync(_start, cancellation);
            if (_iterator is null)
                return new ShardRead([], true, true);
            answer = await GetRecordsAsync(_iterator, max, cancellation);
        }
        catch (ServiceRefusedException stale)
        {
            // The iterator is too old, or what it points at is: the next is made of the last record, or of what there still is.
            if (stale.Code == "TrimmedDataAccessException")
                _start = new ShardStart.Beginning();
            _iterator = null;
            return new ShardRead([], false, false);
        }

        var records = new List<SourceRecord>();
        foreach (var json in RemoteStreams.Items(answer, "Records"))
        {
            if (RecordOf(json) is not { } record)
                continue;
            _start = new ShardStart.After(record.SequenceNumber);
            records.Add(record);
        }

        _iterator = RemoteStreams.Text(answer, "NextShardIterator");
        var behind = answer.TryGetProperty("MillisBehindLatest", out var milliseconds) && milliseconds.ValueKind == JsonValueKind.Number
            && milliseconds.TryGetInt64(out var value) ? value : records.Count;
        // While there is more it is asked for at once.
        _asked = behind == 0 ? time.GetTimestamp() : null;
        return new ShardRead(records, _iterator is null, behind == 0);
    }
}
