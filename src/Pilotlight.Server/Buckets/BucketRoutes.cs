using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>Which operation a request means: S3 tells them apart by method, by what the path names, and by a word in the query.</summary>
sealed class BucketRoutes
{
    readonly Dictionary<(string Method, Level Level, string Word), AwsOperation> _operations = [];

    enum Level
    {
        Service,
        Bucket,
        Object,
    }

    /// <summary>Words that make another operation of a request, also where the operation is not here: nothing else may be done instead.</summary>
    static readonly string[] s_words =
    [
        "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle",
        "location", "logging", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics", "notification",
        "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment", "restore",
        "retention", "select", "session", "tagging", "torrent", "uploads", "uploadId", "versioning", "versions", "website", "abac",
    ];

    public AwsOperation OnService(string method, AwsOperation operation) => Add(method, Level.Service, "", operation);

    public AwsOperation OnBucket(string method, string word, AwsOperation operation) => Add(method, Level.Bucket, word, operation);

    public AwsOperation OnObject(string method, string word, AwsOperation operation) => Add(method, Level.Object, word, operation);

    /// <summary>Null when S3 has no such operation here.</summary>
    public AwsOperation? Find(HttpRequest request, BucketAddress address)
    {
        var level = address.IsService ? Level.Service : address.IsObject ? Level.Object : Level.Bucket;
        return _operations.GetValueOrDefault((request.Method, level, WordOf(request, level)));
    }

    static string WordOf(HttpRequest request, Level level)
    {
        if (request.QueryString.HasValue)
        {
            foreach (var word in s_words)
            {
                if (request.Query.ContainsKey(word))
                    return word == "uploadId" && request.Method == "PUT" && CopySource.IsIn(request) ? "uploadId+copy" : word;
            }
        }

        return level switch
        {
            Level.Bucket when request.Method == "GET" && request.Query["list-type"] == "2" => "list-type=2",
            Level.Object when request.Method == "PUT" && CopySource.IsIn(request) => "copy",
            _ => "",
        };
    }

    AwsOperation Add(string method, Level level, string word, AwsOperation operation)
    {
        _operations.Add((method, level, word), operation);
        return operation;
    }
}
