using Pilotlight.Storage;

namespace Pilotlight.Buckets;

sealed partial class BucketStore
{
    public IEnumerable<Bucket> WithLifecycle() => Volatile.Read(ref _buckets).Values.Where(static bucket => bucket.Lifecycle.Rules.Any(static rule => rule.IsEnabled));

    /// <summary>Versions and markers by key and then the newest first, behind <paramref name="last"/>.</summary>
    public IReadOnlyList<StoredObject> VersionsAfter(Bucket bucket, StoredObject? last, int limit) => _database.Read(connection => connection.Query(
        $"""
        SELECT {Columns} FROM objects WHERE bucket = $bucket AND key >= $key AND (key > $key OR sequence < $sequence)
        ORDER BY key, sequence DESC LIMIT $limit
        """,
        ReadObject, ("$bucket", bucket.Id), ("$key", KeyBytes(last?.Key ?? "")), ("$sequence", last?.Sequence ?? long.MaxValue), ("$limit", limit)));

    /// <summary>Expires what is still as it was when it was found to be due; returns how much that was.</summary>
    /// <exception cref="Api.AwsException">NoSuchBucket.</exception>
    public async Task<int> ExpireAsync(Bucket bucket, IReadOnlyList<Expiry> due, ChangeOrigin origin)
    {
        var (count, freed) = await _database.WriteAsync(connection =>
        {
            var settings = SettingsOf(connection, bucket);
            var gone = new List<IReadOnlyList<BodyFile>>();
            var expired = 0;
            // Whoever changed the rules meanwhile wants others.
            if (settings.Lifecycle != bucket.Settings.Lifecycle)
                return (expired, gone);
            foreach (var expiry in due)
            {
                var found = FindObject(connection, bucket.Id, expiry.Target.Key, expiry.Target.Version);
                if (found?.Sequence != expiry.Target.Sequence || !expiry.Rule.Filter.Matches(found) || !IsStill(expiry.Kind, found))
                    continue;
                var (_, files) = expiry.Kind != ExpiryKind.Current ? DeleteVersion(connection, bucket, settings, found, found.Version, origin)
                    : settings.Versioning == Versioning.Never ? DeleteOnly(connection, bucket, settings, found, origin)
                    : PutMarker(connection, bucket, settings, found.Key, origin);
                gone.AddRange(files);
                expired++;
            }

            return (expired, gone);

            bool IsStill(ExpiryKind kind, StoredObject found) => kind switch
            {
                ExpiryKind.Current => found is { IsLatest: true, IsMarker: false },
                ExpiryKind.Noncurrent => !found.IsLatest,
                _ => found is { IsLatest: true, IsMarker: true } && connection.Query(
                    "SELECT 1 FROM objects WHERE bucket = $bucket AND key = $key LIMIT 2", static _ => true,
                    ("$bucket", bucket.Id), ("$key", KeyBytes(found.Key))).Count == 1,
            };
        });
        foreach (var body in freed)
            _files.Delete(body);
        _signal.Set();
        return count;
    }

    public IReadOnlyList<Upload> UploadsOf(Bucket bucket) => _database.Read(connection => connection.Query(
        $"SELECT {UploadColumns} FROM uploads WHERE bucket = $bucket", ReadUpload, ("$bucket", bucket.Id)));
}
