using System.Text.Json.Serialization;

namespace Pilotlight.Buckets;

/// <summary>A checksum that S3 keeps beside the ETag.</summary>
/// <param name="Algorithm">CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.</param>
/// <param name="Value">Base64; of a composite one with <c>-N</c>.</param>
/// <param name="Type">FULL_OBJECT or COMPOSITE.</param>
sealed record ObjectChecksum(string Algorithm, string Value, string Type)
{
    public const string Full = "FULL_OBJECT";
    public const string Composite = "COMPOSITE";

    public string Header => $"x-amz-checksum-{Algorithm.ToLowerInvariant()}";

    public string Element => $"Checksum{Algorithm}";
}

/// <summary>What an object carries beside its bytes; stored as JSON.</summary>
sealed record ObjectHead
{
    public string ContentType { get; init; } = "binary/octet-stream";
    public string? ContentEncoding { get; init; }
    public string? ContentDisposition { get; init; }
    public string? ContentLanguage { get; init; }
    public string? CacheControl { get; init; }
    public string? Expires { get; init; }
    public string? Redirect { get; init; }
    public string StorageClass { get; init; } = "STANDARD";
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public ObjectChecksum? Checksum { get; init; }

    /// <summary>Of an object that was uploaded in parts: what each of them was.</summary>
    public IReadOnlyList<ObjectPart>? Parts { get; init; }
}

sealed record ObjectPart(int Number, long Size, string? Checksum);

/// <summary>A file and its bytes.</summary>
readonly record struct BodyFile(string Name, long Size);

/// <summary>One version of an object, or a delete marker.</summary>
sealed record StoredObject
{
    public const string NullVersion = "null";

    public required long BucketId { get; init; }
    public required string Key { get; init; }

    /// <summary>Grows with every version of every object: the newest version of a key has the highest.</summary>
    public long Sequence { get; init; }

    public string Version { get; init; } = NullVersion;
    public bool IsLatest { get; init; } = true;
    public bool IsMarker { get; init; }
    public DateTimeOffset Modified { get; init; }
    public long Size { get; init; }

    /// <summary>Hex, without quotes.</summary>
    public string ETag { get; init; } = "";

    public IReadOnlyList<BodyFile> Body { get; init; } = [];
    public ObjectHead Head { get; init; } = new();

    public string QuotedETag => $"\"{ETag}\"";

    /// <summary>The sequencer of events: longer and later ones compare greater.</summary>
    public string Sequencer => (0x0060_0000_0000_0000 + Sequence).ToString("X18", System.Globalization.CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BucketSettings))]
[JsonSerializable(typeof(ObjectHead))]
[JsonSerializable(typeof(UploadHead))]
partial class BucketsJson : JsonSerializerContext;
