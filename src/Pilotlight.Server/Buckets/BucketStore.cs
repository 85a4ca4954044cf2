using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Buckets;

/// <summary>
/// Buckets and the index of their objects: buckets as a snapshot in memory, written through; objects, uploads and notifications on disk
/// alone. A change of an object and the notifications it causes are one transaction.
/// </summary>
sealed partial class BucketStore : IAsyncDisposable, IErasable
{
    readonly Database _database;
    readonly ObjectFiles _files;
    readonly TimeProvider _time;
    readonly NotificationSignal _signal;
    readonly Lock _gate = new();
    ImmutableDictionary<string, Bucket> _buckets = ImmutableDictionary.Create<string, Bucket>(StringComparer.Ordinal);

    /// <summary>Of the newest version; the writer's own.</summary>
    long _sequence;

    public BucketStore(DataFolder folder, ObjectFiles files, NotificationSignal signal, TimeProvider time)
    {
        (_files, _signal, _time) = (files, signal, time);
        _database = Database.Open(folder.BucketDatabase);
        _database.Migrate("Buckets", Schema);
        foreach (var bucket in _database.Read(static connection => connection.Query(
            "SELECT id, name, account, region, created, settings FROM buckets", ReadBucket)))
            _buckets = _buckets.Add(bucket.Name, bucket);
        _sequence = _database.Read(static connection => connection.Query("SELECT value FROM sequence", static row => row.GetInt64(0))[0]);
        _sequence = Math.Max(_sequence, _database.Read(static connection =>
            connection.Query("SELECT COALESCE(MAX(sequence), 0) FROM objects", static row => row.GetInt64(0))[0]));
        _files.Sweep(NamedFiles());
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    public Bucket? Find(string name) => Volatile.Read(ref _buckets).GetValueOrDefault(name);

    /// <exception cref="Api.AwsException">NoSuchBucket.</exception>
    public Bucket Get(string name) => Find(name) ?? throw BucketErrors.NoSuchBucket(name).AsException();

    public IEnumerable<Bucket> OfAccount(string accountId) =>
        Volatile.Read(ref _buckets).Values.Where(bucket => bucket.AccountId == accountId).OrderBy(bucket => bucket.Name, StringComparer.Ordinal);

    public int Count => Volatile.Read(ref _buckets).Count;

    /// <summary>The bucket, or null when there is one of this name already.</summary>
    public async Task<Bucket?> TryCreateAsync(string name, string accountId, string region, BucketSettings settings)
    {
        var created = await _database.WriteAsync(connection =>
        {
            if (connection.Query("SELECT 1 FROM buckets WHERE name = $name", static _ => true, ("$name", name)).Count > 0)
                return null;
            var now = _time.GetUtcNow();
            var id = connection.Query(
                "INSERT INTO buckets (name, account, region, created, settings) VALUES ($name, $account, $region, $created, $settings) RETURNING id",
                static row => row.GetInt64(0), ("$name", name), ("$account", accountId), ("$region", region),
                ("$created", now.ToUnixTimeMilliseconds()), ("$settings", JsonSerializer.Serialize(settings, BucketsJson.Default.BucketSettings)))[0];
            return new Bucket(id, name, accountId, region, now).With(settings);
        });
        if (created is not null)
            Publish(buckets => buckets.SetItem(name, created));
        return created;
    }

    /// <exception cref="Api.AwsException">NoSuchBucket, or what the change refuses with.</exception>
    public async Task<Bucket> ChangeAsync(Bucket bucket, Func<BucketSettings, BucketSettings> change)
    {
        var changed = await _database.WriteAsync(connection =>
        {
            // The row and not the snapshot: a change before this one may be in the same group.
            var current = connection.Query(
                "SELECT id, name, account, region, created, settings FROM buckets WHERE id = $id", ReadBucket, ("$id", bucket.Id)).FirstOrDefault()
                ?? throw BucketErrors.NoSuchBucket(bucket.Name).AsException();
            var settings = change(current.Settings);
            connection.Execute("UPDATE buckets SET settings = $settings WHERE id = $id", ("$id", bucket.Id),
                ("$settings", JsonSerializer.Serialize(settings, BucketsJson.Default.BucketSettings)));
            return settings;
        });
        Bucket? after = null;
        Publish(buckets => buckets.TryGetValue(bucket.Name, out var known) && known.Id == bucket.Id
            ? buckets.SetItem(bucket.Name, after = known.With(changed))
            : buckets);
        return after ?? throw BucketErrors.NoSuchBucket(bucket.Name).AsException();
    }

    /// <summary>Uploads that were not completed go with it.</summary>
    /// <exception cref="Api.AwsException">BucketNotEmpty, NoSuchBucket.</exception>
    public async Task DeleteAsync(Bucket bucket)
    {
        var freed = await _database.WriteAsync(connection =>
        {
            if (connection.Query("SELECT 1 FROM objects WHERE bucket = $id LIMIT 1", static _ => true, ("$id", bucket.Id)).Count > 0)
                throw BucketErrors.BucketNotEmpty(bucket.Name).AsException();
            var parts = connection.Query(
                "SELECT file, size FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = $id)", ReadFile, ("$id", bucket.Id));
            connection.Execute("DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = $id)", ("$id", bucket.Id));
            connection.Execute("DELETE FROM uploads WHERE bucket = $id", ("$id", bucket.Id));
            if (connection.Execute("DELETE FROM buckets WHERE id = $id", ("$id", bucket.Id)) == 0)
                throw BucketErrors.NoSuchBucket(bucket.Name).AsException();
            return parts;
        });
        Publish(buckets => buckets.TryGetValue(bucket.Name, out var known) && known.Id == bucket.Id ? buckets.Remove(bucket.Name) : buckets);
        DeleteEach(freed);
    }

    public async Task EraseAsync()
    {
        var freed = await _database.WriteAsync(static connection =>
        {
            var files = connection.Query("SELECT body FROM objects", static row => BodyText.Read(row.GetString(0))).SelectMany(body => body)
                .Concat(connection.Query("SELECT file, size FROM parts", ReadFile)).ToList();
            connection.Execute("DELETE FROM pending; DELETE FROM parts; DELETE FROM uploads; DELETE FROM objects; DELETE FROM buckets");
            return files;
        });
        Publish(static buckets => buckets.Clear());
        DeleteEach(freed);
    }

    void Publish(Func<ImmutableDictionary<string, Bucket>, ImmutableDictionary<string, Bucket>> change)
    {
        lock (_gate)
            _buckets = change(_buckets);
    }

    void DeleteEach(IEnumerable<BodyFile> files)
    {
        foreach (var file in files)
        {
            // A part without bytes has no file.
            if (file.Name.Length > 0)
                _files.Delete([file]);
        }
    }

    HashSet<string> NamedFiles() => _database.Read(static connection =>
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sql in new[] { "SELECT body FROM objects", "SELECT file || ':0' FROM parts WHERE file <> ''" })
        {
            using var command = connection.Prepare(sql);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                foreach (var file in BodyText.Read(reader.GetString(0)))
                    named.Add(file.Name);
            }
        }

        return named;
    });

    static BodyFile ReadFile(SqliteDataReader row) => new(row.GetString(0), row.GetInt64(1));

    static Bucket ReadBucket(SqliteDataReader row) =>
        new Bucket(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)))
            .With(JsonSerializer.Deserialize(row.GetString(5), BucketsJson.Default.BucketSettings)!);

    // Keys are blobs, so that they sort by their UTF-8 bytes and a prefix has a next neighbour.
    const string Schema = """
        CREATE TABLE buckets (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            created INTEGER NOT NULL,
            settings TEXT NOT NULL
        );
        CREATE TABLE sequence (value INTEGER NOT NULL);
        INSERT INTO sequence VALUES (0);
        CREATE TABLE objects (
            bucket INTEGER NOT NULL,
            key BLOB NOT NULL,
            sequence INTEGER NOT NULL,
            version TEXT NOT NULL,
            latest INTEGER NOT NULL,
            marker INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            size INTEGER NOT NULL,
            etag TEXT NOT NULL,
            body TEXT NOT NULL,
            head TEXT NOT NULL,
            PRIMARY KEY (bucket, key, sequence DESC)
        ) WITHOUT ROWID;
        CREATE INDEX current_objects ON objects (bucket, key) WHERE latest = 1 AND marker = 0;
        CREATE TABLE uploads (
            id TEXT PRIMARY KEY,
            bucket INTEGER NOT NULL,
            key BLOB NOT NULL,
            initiated INTEGER NOT NULL,
            head TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX uploads_by_key ON uploads (bucket, key, initiated);
        CREATE TABLE parts (
            upload TEXT NOT NULL,
            number INTEGER NOT NULL,
            size INTEGER NOT NULL,
            etag TEXT NOT NULL,
            modified INTEGER NOT NULL,
            file TEXT NOT NULL,
            checksum TEXT,
            PRIMARY KEY (upload, number)
        ) WITHOUT ROWID;
        CREATE TABLE pending (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            bucket INTEGER NOT NULL,
            bucket_arn TEXT NOT NULL,
            account TEXT NOT NULL,
            key BLOB NOT NULL,
            target TEXT NOT NULL,
            payload BLOB NOT NULL,
            detail_type TEXT,
            created INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            due INTEGER NOT NULL
        );
        CREATE INDEX pending_due ON pending (due, id);
        """;
}

/// <summary>The files of a body in one column: <c>NAME:SIZE NAME:SIZE</c>.</summary>
static class BodyText
{
    public static string Write(IReadOnlyList<BodyFile> body) => string.Join(' ', body.Select(file => $"{file.Name}:{file.Size}"));

    public static IReadOnlyList<BodyFile> Read(string text) => text.Length == 0
        ? []
        : [.. text.Split(' ').Select(file => new BodyFile(file[..32], long.Parse(file.AsSpan(33))))];
}
