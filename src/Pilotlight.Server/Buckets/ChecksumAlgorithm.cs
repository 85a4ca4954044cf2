using System.Security.Cryptography;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>The checksums that S3 knows beside MD5.</summary>
static class ChecksumAlgorithm
{
    public const string Default = "CRC64NVME";

    static readonly Dictionary<string, int> s_bytes = new(StringComparer.Ordinal)
    {
        ["CRC32"] = 4,
        ["CRC32C"] = 4,
        ["CRC64NVME"] = 8,
        ["SHA1"] = 20,
        ["SHA256"] = 32,
    };

    public static IEnumerable<string> Names => s_bytes.Keys;

    /// <summary>As an upload in parts may be checked: a CRC as a whole, all but CRC64NVME by its parts.</summary>
    public static bool Allows(string algorithm, string type) =>
        type == ObjectChecksum.Full ? algorithm.StartsWith("CRC", StringComparison.Ordinal) : algorithm != "CRC64NVME";

    public static string DefaultType(string algorithm) => algorithm == "CRC64NVME" ? ObjectChecksum.Full : ObjectChecksum.Composite;

    /// <summary>In AWS's spelling; null for what is no algorithm.</summary>
    public static string? Find(string name) => s_bytes.Keys.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static string HeaderOf(string algorithm) => $"x-amz-checksum-{algorithm.ToLowerInvariant()}";

    public static bool IsValue(string algorithm, string base64)
    {
        Span<byte> bytes = stackalloc byte[48];
        return base64.Length <= 64 && Convert.TryFromBase64String(base64, bytes, out var length) && length == s_bytes[algorithm];
    }

    /// <summary>Of the checksums of the parts, in order.</summary>
    public static string Composite(string algorithm, IReadOnlyList<string> parts)
    {
        var computation = new ChecksumComputation(algorithm);
        foreach (var part in parts)
            computation.Append(Convert.FromBase64String(part));
        return $"{computation.Finish()}-{parts.Count}";
    }
}

/// <summary>One checksum of bytes that come one after the other.</summary>
sealed class ChecksumComputation(string algorithm) : IDisposable
{
    readonly Crc? _crc = algorithm switch
    {
        "CRC32" => Crc.Crc32(),
        "CRC32C" => Crc.Crc32C(),
        "CRC64NVME" => Crc.Crc64Nvme(),
        _ => null,
    };

    readonly IncrementalHash? _hash = algorithm switch
    {
        "SHA1" => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
        "SHA256" => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
        _ => null,
    };

    public string Algorithm => algorithm;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _crc?.Append(bytes);
        _hash?.AppendData(bytes);
    }

    /// <summary>Base64.</summary>
    public string Finish() => Convert.ToBase64String(_crc?.Finish() ?? _hash!.GetHashAndReset());

    public void Dispose() => _hash?.Dispose();
}

/// <summary>What a request says of its body's checksum: a value in its head, or one that follows behind the body, or nothing.</summary>
/// <param name="Value">Base64; null when it follows or is not given.</param>
sealed record ClaimedChecksum(string Algorithm, string? Value, bool IsInTrailer)
{
    /// <exception cref="AwsException">More than one, or nonsense.</exception>
    public static ClaimedChecksum? Of(AwsRequest request)
    {
        ClaimedChecksum? claimed = null;
        foreach (var algorithm in ChecksumAlgorithm.Names)
        {
            if (request.Header(ChecksumAlgorithm.HeaderOf(algorithm)) is not { } value)
                continue;
            if (claimed is not null)
                throw BucketErrors.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.").AsException();
            if (!ChecksumAlgorithm.IsValue(algorithm, value))
                throw BucketErrors.InvalidRequest($"Value for {ChecksumAlgorithm.HeaderOf(algorithm)} header is invalid.").AsException();
            claimed = new ClaimedChecksum(algorithm, value, false);
        }

        if (request.GivenHeader("x-amz-trailer") is { } trailer)
        {
            var name = trailer.Trim().ToLowerInvariant();
            var algorithm = name.StartsWith("x-amz-checksum-", StringComparison.Ordinal) ? ChecksumAlgorithm.Find(name["x-amz-checksum-".Length..]) : null;
            if (algorithm is null)
                throw BucketErrors.InvalidRequest("The value specified in the x-amz-trailer header is not supported").AsException();
            if (claimed is not null)
                throw BucketErrors.InvalidRequest("Expecting a single x-amz-checksum- header").AsException();
            claimed = new ClaimedChecksum(algorithm, null, true);
        }

        if (request.GivenHeader("x-amz-sdk-checksum-algorithm") is not { } sdk)
            return claimed;
        if (ChecksumAlgorithm.Find(sdk) is not { } named)
            throw BucketErrors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]").AsException();
        if (claimed is not null && claimed.Algorithm != named)
            throw BucketErrors.InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.").AsException();
        return claimed ?? new ClaimedChecksum(named, null, false);
    }
}
