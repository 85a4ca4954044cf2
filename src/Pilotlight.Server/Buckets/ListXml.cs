using System.Globalization;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>What the listings have in common: their parameters, and how keys are written.</summary>
sealed class ListXml(AwsRequest request)
{
    public const int MaxKeys = 1000;

    readonly bool _encodes = request.Query("encoding-type") switch
    {
        null or "" => false,
        "url" => true,
        var other => throw BucketErrors.InvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", other).AsException(),
    };

    public string Prefix { get; } = request.Query("prefix") ?? "";

    public string? Delimiter { get; } = request.Query("delimiter") is { Length: > 0 } delimiter ? delimiter : null;

    public int Limit { get; } = LimitOf(request, "max-keys");

    public string? EncodingType => _encodes ? "url" : null;

    /// <summary>A key or prefix, encoded when it was asked for: XML cannot hold every character.</summary>
    public string? Key(string? key) => key is null || !_encodes ? key : Encode(key);

    public static int LimitOf(AwsRequest request, string parameter)
    {
        if (request.Query(parameter) is not { Length: > 0 } text)
            return MaxKeys;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit))
            throw BucketErrors.InvalidArgument($"Provided {parameter} not an integer or within integer range", parameter, text).AsException();
        return limit < 0
            ? throw BucketErrors.InvalidArgument($"Argument {parameter.Replace('-', ' ')} must be an integer between 0 and 2147483647", parameter, text).AsException()
            : Math.Min(limit, MaxKeys);
    }

    /// <summary>Where a token of an earlier page ended; only what was handed out is taken.</summary>
    public static string AfterOf(string token) => Paging.TryRead(token, out var last)
        ? last
        : throw BucketErrors.InvalidArgument("The continuation token provided is incorrect", "continuation-token", token).AsException();

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.'000Z'", CultureInfo.InvariantCulture);

    public void CommonPrefixes(QueryXml xml, IEnumerable<string> prefixes)
    {
        foreach (var prefix in prefixes)
            xml.Structure("CommonPrefixes", common => common.Text("Prefix", Key(prefix)));
    }

    public void Contents(QueryXml xml, StoredObject stored, string? owner) => xml.Structure("Contents", item =>
    {
        item.Text("Key", Key(stored.Key));
        item.Text("LastModified", Time(stored.Modified));
        item.Text("ETag", stored.QuotedETag);
        if (stored.Head.Checksum is { } checksum)
        {
            item.Text("ChecksumAlgorithm", checksum.Algorithm);
            item.Text("ChecksumType", checksum.Type);
        }

        item.Number("Size", stored.Size);
        if (owner is not null)
            Owner.Write(item, owner);
        item.Text("StorageClass", stored.Head.StorageClass);
    });

    static string Encode(string key)
    {
        var encoded = new StringBuilder(key.Length);
        foreach (var value in Encoding.UTF8.GetBytes(key))
        {
            if (char.IsAsciiLetterOrDigit((char)value) || "-_.~*/".Contains((char)value))
                encoded.Append((char)value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return encoded.ToString();
    }
}
