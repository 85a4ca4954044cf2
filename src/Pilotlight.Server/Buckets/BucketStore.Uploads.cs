using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pilotlight.Storage;

namespace Pilotlight.Buckets;

/// <summary>What an upload in parts will make; stored as JSON.</summary>
/// <param name="ChecksumType">FULL_OBJECT or COMPOSITE.</param>
sealed record UploadHead(ObjectHead Object, string? ChecksumAlgorithm, string? ChecksumType, string AccountId, string Initiator);

sealed record Upload(string Id, long BucketId, string Key, DateTimeOffset Initiated, UploadHead Head);

/// <param name="ETag">Hex, without quotes.</param>
/// <param name="Checksum">Base64, of the algorithm of the upload.</param>
sealed record UploadPart(int Number, long Size, string ETag, DateTimeOffset Modified, string File, string? Checksum);

/// <summary>One page of uploads.</summary>
sealed record UploadPage(IReadOnlyList<Upload> Uploads, IReadOnlyList<string> CommonPrefixes, bool IsTruncated);

sealed partial class BucketStore
{
    const string UploadColumns = "id, bucket, key, initiated, head";

    public async Task<Upload> CreateUploadAsync(Bucket bucket, string key, UploadHead head)
    {
        var upload = new Upload(
            Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(72)).Replace('+', '.').Replace('/', '_'),
            bucket.Id, key, _time.GetUtcNow(), head);
        await _database.WriteAsync(connection =>
        {
            SettingsOf(connection, bucket);
            connection.Execute(
                $"INSERT INTO uploads ({UploadColumns}) VALUES ($id, $bucket, $key, $initiated, $head)", ("$id", upload.Id), ("$bucket", bucket.Id),
                ("$key", KeyBytes(key)), ("$initiated", upload.Initiated.ToUnixTimeMilliseconds()),
                ("$head", JsonSerializer.Serialize(head, BucketsJson.Default.UploadHead)));
        });
        return upload;
    }

    /// <exception cref="Api.AwsException">NoSuchUpload.</exception>
    public Upload GetUpload(Bucket bucket, string key, string id) =>
        _database.Read(connection => FindUpload(connection, bucket, key, id)) ?? throw BucketErrors.NoSuchUpload(id).AsException();

    /// <summary>A part that is sent again replaces the one before.</summary>
    /// <exception cref="Api.AwsException">NoSuchUpload: the file is the caller's still.</exception>
    public async Task PutPartAsync(Bucket bucket, Upload upload, UploadPart part)
    {
        var replaced = await _database.WriteAsync(connection =>
        {
            if (FindUpload(connection, bucket, upload.Key, upload.Id) is null)
                throw BucketErrors.NoSuchUpload(upload.Id).AsException();
            var old = connection.Query(
                "SELECT file, size FROM parts WHERE upload = $upload AND number = $number", ReadFile, ("$upload", upload.Id), ("$number", part.Number));
            connection.Execute(
                """
                INSERT OR REPLACE INTO parts (upload, number, size, etag, modified, file, checksum)
                VALUES ($upload, $number, $size, $etag, $modified, $file, $checksum)
                """,
                ("$upload", upload.Id), ("$number", part.Number), ("$size", part.Size), ("$etag", part.ETag),
                ("$modified", part.Modified.ToUnixTimeMilliseconds()), ("$file", part.File), ("$checksum", part.Checksum));
            return old;
        });
        DeleteEach(replaced.Where(file => file.Name != part.File));
    }

    public IReadOnlyList<UploadPart> PartsOf(Upload upload) => _database.Read(connection => ReadParts(connection, upload.Id));

    /// <summary>Makes the object of the parts that were named, and deletes the others.</summary>
    /// <param name="make">From the parts there are, by number; throws when one that is named is not there.</param>
    public async Task<StoredObject> CompleteAsync(
        Bucket bucket, Upload upload, WriteCondition condition, ObjectEvent happened, Func<IReadOnlyList<UploadPart>, StoredObject> make)
    {
        var (stored, freed) = await _database.WriteAsync(connection =>
        {
            var settings = SettingsOf(connection, bucket);
            if (FindUpload(connection, bucket, upload.Key, upload.Id) is null)
                throw BucketErrors.NoSuchUpload(upload.Id).AsException();
            var parts = ReadParts(connection, upload.Id);
            var candidate = make(parts);
            var latest = FindObject(connection, bucket.Id, upload.Key, null);
            Check(condition, latest is { IsMarker: false } ? latest : null, upload.Key);
            var (made, replaced) = Insert(connection, candidate, settings.Versioning);
            RemoveUpload(connection, upload.Id);
            Notify(connection, bucket, settings, happened, made);
            var used = made.Body.Select(file => file.Name).ToHashSet();
            replaced.AddRange(parts.Where(part => part.File.Length > 0 && !used.Contains(part.File)).Select(part => (IReadOnlyList<BodyFile>)[new BodyFile(part.File, part.Size)]));
            return (made, replaced);
        });
        foreach (var body in freed)
            _files.Delete(body);
        _signal.Set();
        return stored;
    }

    /// <exception cref="Api.AwsException">NoSuchUpload.</exception>
    public async Task AbortAsync(Bucket bucket, string key, string id)
    {
        var freed = await _database.WriteAsync(connection =>
        {
            if (FindUpload(connection, bucket, key, id) is null)
                throw BucketErrors.NoSuchUpload(id).AsException();
            var parts = ReadParts(connection, id);
            RemoveUpload(connection, id);
            return parts;
        });
        DeleteEach(freed.Where(part => part.File.Length > 0).Select(part => new BodyFile(part.File, part.Size)));
    }

    public UploadPage ListUploads(Bucket bucket, ListQuery query, string? afterUpload) => _database.Read(connection =>
    {
        var all = connection.Query(
            $"SELECT {UploadColumns} FROM uploads WHERE bucket = $bucket AND key >= $from AND key < $end ORDER BY key, initiated, id", ReadUpload,
            ("$bucket", bucket.Id), ("$from", KeyBytes(query.Prefix)), ("$end", EndOf(query.Prefix)));
        var uploads = new List<Upload>();
        var prefixes = new List<string>();
        var begins = all.FindIndex(upload => upload.Id == afterUpload);
        for (var index = 0; index < all.Count; index++)
        {
            var upload = all[index];
            // Within the marker's key, what stands behind the marker's upload.
            if (query.After is { Length: > 0 } after && KeyBytes(upload.Key).AsSpan().SequenceCompareTo(KeyBytes(after)) is var order
                && (order < 0 || (order == 0 && (begins < 0 || index <= begins))))
                continue;
            var common = CommonPrefix(upload.Key, query);
            if (common is not null && (prefixes.Contains(common) || query.After == common))
                continue;
            if (uploads.Count + prefixes.Count == query.MaxKeys)
                return new UploadPage(uploads, prefixes, true);
            if (common is not null)
                prefixes.Add(common);
            else
                uploads.Add(upload);
        }

        return new UploadPage(uploads, prefixes, false);
    });

    static void RemoveUpload(SqliteConnection connection, string id)
    {
        connection.Execute("DELETE FROM parts WHERE upload = $id", ("$id", id));
        connection.Execute("DELETE FROM uploads WHERE id = $id", ("$id", id));
    }

    static Upload? FindUpload(SqliteConnection connection, Bucket bucket, string key, string id) => connection.Query(
        $"SELECT {UploadColumns} FROM uploads WHERE id = $id AND bucket = $bucket AND key = $key", ReadUpload,
        ("$id", id), ("$bucket", bucket.Id), ("$key", KeyBytes(key))).FirstOrDefault();

    static List<UploadPart> ReadParts(SqliteConnection connection, string upload) => connection.Query(
        "SELECT number, size, etag, modified, file, checksum FROM parts WHERE upload = $upload ORDER BY number",
        static row => new UploadPart(
            row.GetInt32(0), row.GetInt64(1), row.GetString(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.GetString(4),
            row.IsDBNull(5) ? null : row.GetString(5)),
        ("$upload", upload));

    static Upload ReadUpload(SqliteDataReader row) => new(
        row.GetString(0), row.GetInt64(1), Encoding.UTF8.GetString((byte[])row.GetValue(2)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
        JsonSerializer.Deserialize(row.GetString(4), BucketsJson.Default.UploadHead)!);
}
