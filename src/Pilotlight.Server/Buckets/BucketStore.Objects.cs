using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Buckets;

/// <summary>What must hold of the object that a write replaces or a delete removes.</summary>
/// <param name="IfMatch">An ETag or <c>*</c>.</param>
/// <param name="MustBeNew"><c>If-None-Match: *</c>.</param>
readonly record struct WriteCondition(string? IfMatch, bool MustBeNew);

/// <summary>How a delete ended.</summary>
/// <param name="Version">Of what was deleted, or of the marker that was made; null for an object without versions.</param>
sealed record DeleteOutcome(string? Version, bool IsMarker);

sealed partial class BucketStore
{
    const string Columns = "bucket, key, sequence, version, latest, marker, modified, size, etag, body, head";

    /// <summary>The version, the newest one for null; null when there is none. A marker is returned as what it is.</summary>
    public StoredObject? FindObject(Bucket bucket, string key, string? version) => _database.Read(connection => FindObject(connection, bucket.Id, key, version));

    /// <summary>Makes the object the newest of its key. Its files must be on disk; on failure they are the caller's.</summary>
    public async Task<StoredObject> PutAsync(Bucket bucket, StoredObject candidate, WriteCondition condition, ObjectEvent happened)
    {
        var (stored, freed) = await _database.WriteAsync(connection =>
        {
            var settings = SettingsOf(connection, bucket);
            var latest = FindObject(connection, bucket.Id, candidate.Key, null);
            Check(condition, latest is { IsMarker: false } ? latest : null, candidate.Key);
            var (made, replaced) = Insert(connection, candidate, settings.Versioning);
            Notify(connection, bucket, settings, happened, made);
            return (made, replaced);
        });
        foreach (var body in freed)
            _files.Delete(body);
        _signal.Set();
        return stored;
    }

    /// <exception cref="AwsException">NoSuchBucket, PreconditionFailed.</exception>
    public async Task<DeleteOutcome> DeleteObjectAsync(Bucket bucket, string key, string? version, string? ifMatch, ChangeOrigin origin)
    {
        var (outcome, freed) = await _database.WriteAsync(connection =>
        {
            var settings = SettingsOf(connection, bucket);
            var found = FindObject(connection, bucket.Id, key, version);
            if (ifMatch is not null)
                Check(new WriteCondition(ifMatch, false), found is { IsMarker: false } ? found : null, key);
            return version is not null ? DeleteVersion(connection, bucket, settings, found, version, origin)
                : settings.Versioning == Versioning.Never ? DeleteOnly(connection, bucket, settings, found, origin)
                : PutMarker(connection, bucket, settings, key, origin);
        });
        foreach (var body in freed)
            _files.Delete(body);
        _signal.Set();
        return outcome;
    }

    /// <summary>Changes what an object carries beside its bytes.</summary>
    /// <exception cref="AwsException">It is gone.</exception>
    public async Task<StoredObject> ChangeHeadAsync(Bucket bucket, StoredObject target, ObjectEvent happened, Func<ObjectHead, ObjectHead> change)
    {
        var stored = await _database.WriteAsync(connection =>
        {
            var current = FindObject(connection, bucket.Id, target.Key, target.Version) ?? throw BucketErrors.NoSuchKey(target.Key).AsException();
            var changed = current with { Head = change(current.Head) };
            connection.Execute(
                "UPDATE objects SET head = $head WHERE bucket = $bucket AND key = $key AND sequence = $sequence",
                ("$head", JsonSerializer.Serialize(changed.Head, BucketsJson.Default.ObjectHead)), ("$bucket", bucket.Id),
                ("$key", KeyBytes(target.Key)), ("$sequence", current.Sequence));
            Notify(connection, bucket, SettingsOf(connection, bucket), happened, changed);
            return changed;
        });
        _signal.Set();
        return stored;
    }

    (StoredObject Made, List<IReadOnlyList<BodyFile>> Replaced) Insert(SqliteConnection connection, StoredObject candidate, Versioning versioning)
    {
        var replaced = new List<IReadOnlyList<BodyFile>>();
        if (versioning != Versioning.Enabled && FindObject(connection, candidate.BucketId, candidate.Key, StoredObject.NullVersion) is { } old)
        {
            Remove(connection, old);
            replaced.Add(old.Body);
        }

        connection.Execute(
            "UPDATE objects SET latest = 0 WHERE bucket = $bucket AND key = $key AND latest = 1", ("$bucket", candidate.BucketId), ("$key", KeyBytes(candidate.Key)));
        var made = candidate with
        {
            Sequence = ++_sequence,
            Version = versioning == Versioning.Enabled ? NewVersion() : StoredObject.NullVersion,
            IsLatest = true,
            Modified = _time.GetUtcNow(),
        };
        connection.Execute(
            $"INSERT INTO objects ({Columns}) VALUES ($bucket, $key, $sequence, $version, 1, $marker, $modified, $size, $etag, $body, $head)",
            ("$bucket", made.BucketId), ("$key", KeyBytes(made.Key)), ("$sequence", made.Sequence), ("$version", made.Version),
            ("$marker", made.IsMarker ? 1 : 0), ("$modified", made.Modified.ToUnixTimeMilliseconds()), ("$size", made.Size), ("$etag", made.ETag),
            ("$body", BodyText.Write(made.Body)), ("$head", JsonSerializer.Serialize(made.Head, BucketsJson.Default.ObjectHead)));
        return (made, replaced);
    }

    (DeleteOutcome Outcome, List<IReadOnlyList<BodyFile>> Freed) DeleteOnly(
        SqliteConnection connection, Bucket bucket, BucketSettings settings, StoredObject? found, ChangeOrigin origin)
    {
        if (found is null)
            return (new DeleteOutcome(null, false), []);
        Remove(connection, found);
        // A sequencer of its own: the delete comes after the put.
        Notify(connection, bucket, settings, ObjectEvent.OfDeletion(origin), found with { Sequence = NextSequence(connection) });
        return (new DeleteOutcome(null, false), [found.Body]);
    }

    (DeleteOutcome Outcome, List<IReadOnlyList<BodyFile>> Freed) DeleteVersion(
        SqliteConnection connection, Bucket bucket, BucketSettings settings, StoredObject? found, string version, ChangeOrigin origin)
    {
        if (found is null)
            return (new DeleteOutcome(version, false), []);
        Remove(connection, found);
        if (found.IsLatest)
        {
            connection.Execute(
                "UPDATE objects SET latest = 1 WHERE bucket = $bucket AND key = $key AND sequence = (SELECT MAX(sequence) FROM objects WHERE bucket = $bucket AND key = $key)",
                ("$bucket", bucket.Id), ("$key", KeyBytes(found.Key)));
        }

        Notify(connection, bucket, settings, ObjectEvent.OfDeletion(origin), found with { Sequence = NextSequence(connection) });
        return (new DeleteOutcome(version, found.IsMarker), [found.Body]);
    }

    (DeleteOutcome Outcome, List<IReadOnlyList<BodyFile>> Freed) PutMarker(
        SqliteConnection connection, Bucket bucket, BucketSettings settings, string key, ChangeOrigin origin)
    {
        var (made, replaced) = Insert(connection, new StoredObject { BucketId = bucket.Id, Key = key, IsMarker = true }, settings.Versioning);
        Notify(connection, bucket, settings, ObjectEvent.OfMarker(origin), made);
        return (new DeleteOutcome(made.Version, true), replaced);
    }

    static void Check(WriteCondition condition, StoredObject? current, string key)
    {
        if (condition.MustBeNew && current is not null)
            throw BucketErrors.PreconditionFailed("If-None-Match").AsException();
        if (condition.IfMatch is not { } expected)
            return;
        if (current is null)
            throw BucketErrors.NoSuchKey(key).AsException();
        if (expected != "*" && expected.Trim('"') != current.ETag)
            throw BucketErrors.PreconditionFailed("If-Match").AsException();
    }

    /// <summary>As of this transaction; a bucket that was deleted takes nothing more.</summary>
    static BucketSettings SettingsOf(SqliteConnection connection, Bucket bucket)
    {
        var settings = connection.Query("SELECT settings FROM buckets WHERE id = $id", static row => row.GetString(0), ("$id", bucket.Id));
        return settings.Count == 0
            ? throw BucketErrors.NoSuchBucket(bucket.Name).AsException()
            : JsonSerializer.Deserialize(settings[0], BucketsJson.Default.BucketSettings)!;
    }

    /// <summary>Kept, because the row with the highest number may be the one that is deleted.</summary>
    long NextSequence(SqliteConnection connection)
    {
        connection.Execute("UPDATE sequence SET value = $value", ("$value", ++_sequence));
        return _sequence;
    }

    static void Remove(SqliteConnection connection, StoredObject target) => connection.Execute(
        "DELETE FROM objects WHERE bucket = $bucket AND key = $key AND sequence = $sequence",
        ("$bucket", target.BucketId), ("$key", KeyBytes(target.Key)), ("$sequence", target.Sequence));

    static StoredObject? FindObject(SqliteConnection connection, long bucket, string key, string? version) => (version is null
        ? connection.Query($"SELECT {Columns} FROM objects WHERE bucket = $bucket AND key = $key ORDER BY sequence DESC LIMIT 1", ReadObject,
            ("$bucket", bucket), ("$key", KeyBytes(key)))
        : connection.Query($"SELECT {Columns} FROM objects WHERE bucket = $bucket AND key = $key AND version = $version", ReadObject,
            ("$bucket", bucket), ("$key", KeyBytes(key)), ("$version", version))).FirstOrDefault();

    static StoredObject ReadObject(SqliteDataReader row) => new()
    {
        BucketId = row.GetInt64(0),
        Key = Encoding.UTF8.GetString((byte[])row.GetValue(1)),
        Sequence = row.GetInt64(2),
        Version = row.GetString(3),
        IsLatest = row.GetInt64(4) != 0,
        IsMarker = row.GetInt64(5) != 0,
        Modified = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
        Size = row.GetInt64(7),
        ETag = row.GetString(8),
        Body = BodyText.Read(row.GetString(9)),
        Head = JsonSerializer.Deserialize(row.GetString(10), BucketsJson.Default.ObjectHead)!,
    };

    static byte[] KeyBytes(string key) => Encoding.UTF8.GetBytes(key);

    /// <summary>32 characters, as AWS's.</summary>
    static string NewVersion() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(24)).Replace('+', '.').Replace('/', '_');
}
