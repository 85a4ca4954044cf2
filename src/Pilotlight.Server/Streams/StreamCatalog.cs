using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Pilotlight.Streams;

/// <summary>
/// Every stream, in memory: immutable, found without a lock. A change is decided on the newest state, on the thread that writes the
/// database, and answered when it is on disk.
/// </summary>
public sealed class StreamCatalog(StreamStore store)
{
    readonly Lock _gate = new();

    volatile ImmutableDictionary<(string AccountId, string Region), ImmutableSortedDictionary<string, DataStream>> _scopes =
        ImmutableDictionary<(string, string), ImmutableSortedDictionary<string, DataStream>>.Empty;

    public DataStream? Find(StreamKey key) => List(key.AccountId, key.Region).GetValueOrDefault(key.Name);

    /// <summary>By an ARN of the stream or of one of its consumers.</summary>
    public DataStream? Find(string arn) => StreamArn.TryParse(arn) is { } parsed ? Find(parsed.Stream) : null;

    /// <summary>By name.</summary>
    public ImmutableSortedDictionary<string, DataStream> List(string accountId, string region) => _scopes.GetValueOrDefault((accountId, region)) ?? s_none;

    public IEnumerable<DataStream> All() => _scopes.Values.SelectMany(static scope => scope.Values);

    /// <summary>Reads everything back from the database.</summary>
    public void Load() => _scopes = store.Load()
        .GroupBy(static stream => (stream.AccountId, stream.Region))
        .ToImmutableDictionary(
            static scope => scope.Key,
            static scope => scope.ToImmutableSortedDictionary(static stream => stream.Name, static stream => stream, StringComparer.Ordinal));

    /// <summary>Changes a stream: <paramref name="decide"/> gets the newest state (null: there is none) and returns the next (null: it goes).</summary>
    /// <exception cref="Api.AwsException">What it threw to refuse.</exception>
    internal async Task<DataStream?> ChangeAsync(StreamKey key, Func<DataStream?, DataStream?> decide)
    {
        try
        {
            return await store.WriteAsync(connection =>
            {
                var before = Find(key);
                var after = decide(before);
                if (ReferenceEquals(before, after))
                    return after;
                if (after is not null)
                    after = StreamStore.Save(connection, after);
                else
                    StreamStore.Delete(connection, before!);
                // Seen before it is on disk, because the next record of the same group must find the shards as they are now.
                Replace(key, after);
                return after;
            });
        }
        catch (SqliteException)
        {
            // Nothing of the group was kept.
            Load();
            throw;
        }
    }

    void Replace(StreamKey key, DataStream? after)
    {
        lock (_gate)
        {
            var streams = List(key.AccountId, key.Region);
            _scopes = _scopes.SetItem((key.AccountId, key.Region), after is null ? streams.Remove(key.Name) : streams.SetItem(key.Name, after));
        }
    }

    static readonly ImmutableSortedDictionary<string, DataStream> s_none = ImmutableSortedDictionary.Create<string, DataStream>(StringComparer.Ordinal);
}
