using System.Text;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Buckets;

/// <summary>What a listing asks for.</summary>
/// <param name="After">Only what comes after this key; null for everything.</param>
/// <param name="AfterVersion">Of versions: within the key <paramref name="After"/>, only what comes after this version.</param>
sealed record ListQuery(string Prefix, string? Delimiter, string? After, int MaxKeys)
{
    public string? AfterVersion { get; init; }
}

/// <summary>One page: keys and common prefixes count alike.</summary>
/// <param name="Last">The last key or common prefix of the page, where the next begins.</param>
sealed record ListPage<T>(IReadOnlyList<T> Items, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string? Last);

sealed partial class BucketStore
{
    const int BatchRows = 1001;

    /// <summary>The newest versions that are no markers, by key.</summary>
    public ListPage<StoredObject> List(Bucket bucket, ListQuery query) => _database.Read(connection => Walk(
        query, static item => item.Key, static _ => null, (from, exclusive, _, limit) => connection.Query(
            $"SELECT {Columns} FROM objects WHERE bucket = $bucket AND latest = 1 AND marker = 0 AND key {(exclusive ? ">" : ">=")} $from AND key < $end ORDER BY key LIMIT $limit",
            ReadObject, ("$bucket", bucket.Id), ("$from", from), ("$end", EndOf(query.Prefix)), ("$limit", limit))));

    /// <summary>Every version and marker, by key and then the newest first.</summary>
    public ListPage<StoredObject> ListVersions(Bucket bucket, ListQuery query) => _database.Read(connection =>
    {
        var after = query is { After: { } key, AfterVersion: { } version } ? FindObject(connection, bucket.Id, key, version)?.Sequence : null;
        return Walk(query, static item => item.Key, item => item.Sequence, (from, exclusive, sequence, limit) => connection.Query(
            $"""
            SELECT {Columns} FROM objects WHERE bucket = $bucket AND key < $end
                AND (key > $from OR (key = $from AND {(exclusive ? "sequence < $sequence" : "1 = 1")})) ORDER BY key, sequence DESC LIMIT $limit
            """,
            ReadObject, ("$bucket", bucket.Id), ("$from", from), ("$end", EndOf(query.Prefix)), ("$sequence", sequence ?? after ?? 0), ("$limit", limit)));
    });

    delegate List<T> Batch<T>(byte[] from, bool isExclusive, long? sequence, int limit);

    /// <summary>Reads in key order and jumps over what a common prefix stands for.</summary>
    static ListPage<T> Walk<T>(ListQuery query, Func<T, string> keyOf, Func<T, long?> sequenceOf, Batch<T> read)
    {
        var items = new List<T>();
        var prefixes = new List<string>();
        var prefix = Encoding.UTF8.GetBytes(query.Prefix);
        var (from, exclusive) = Start(query, prefix);
        long? sequence = null;
        string? last = null;
        if (query.MaxKeys == 0)
            return new ListPage<T>(items, prefixes, false, null);
        while (true)
        {
            var batch = read(from, exclusive, sequence, Math.Min(BatchRows, query.MaxKeys - items.Count - prefixes.Count + 1));
            var jumped = false;
            foreach (var item in batch)
            {
                var key = keyOf(item);
                var common = CommonPrefix(key, query);
                if (items.Count + prefixes.Count == query.MaxKeys)
                    return new ListPage<T>(items, prefixes, true, last);
                if (common is null)
                {
                    items.Add(item);
                    last = key;
                    (from, exclusive, sequence) = (Encoding.UTF8.GetBytes(key), true, sequenceOf(item));
                    continue;
                }

                prefixes.Add(common);
                last = common;
                (from, exclusive, sequence) = (NextAfter(Encoding.UTF8.GetBytes(common)), false, null);
                jumped = true;
                break;
            }

            if (!jumped && batch.Count == 0)
                return new ListPage<T>(items, prefixes, false, last);
        }
    }

    static (byte[] From, bool IsExclusive) Start(ListQuery query, byte[] prefix)
    {
        if (query.After is not { } after || string.CompareOrdinal(after, "") == 0)
            return (prefix, false);
        var bytes = Encoding.UTF8.GetBytes(after);
        if (bytes.AsSpan().SequenceCompareTo(prefix) < 0)
            return (prefix, false);
        // A common prefix is gone past whole: it was on the page before.
        return query.AfterVersion is null && CommonPrefix(after, query) is { } common && common == after
            ? (NextAfter(bytes), false)
            : (bytes, true);
    }

    static string? CommonPrefix(string key, ListQuery query)
    {
        if (query.Delimiter is not { Length: > 0 } delimiter || !key.StartsWith(query.Prefix, StringComparison.Ordinal))
            return null;
        var at = key.IndexOf(delimiter, query.Prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : key[..(at + delimiter.Length)];
    }

    /// <summary>The first text that does not begin with this one. UTF-8 has no byte 255, so the last can always grow.</summary>
    static byte[] NextAfter(byte[] prefix)
    {
        var next = (byte[])prefix.Clone();
        next[^1]++;
        return next;
    }

    static byte[] EndOf(string prefix) => prefix.Length == 0 ? [0xFF] : NextAfter(Encoding.UTF8.GetBytes(prefix));
}
